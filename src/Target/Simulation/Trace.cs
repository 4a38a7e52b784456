using System.Runtime.CompilerServices;
using System.Text;

namespace CcwFuzz.Target.Simulation;

/// <summary>What a trace line is about; each has a fixed column in the printed trace.</summary>
public enum TraceKind
{
    /// <summary>A campaign operation starts.</summary>
    Operation,
    /// <summary>The scheduler switches, or something runs for the first time.</summary>
    Schedule,
    /// <summary>An I/O instruction with its condition code.</summary>
    Instruction,
    /// <summary>A virtio-ccw command that the device interprets.</summary>
    Command,
    /// <summary>The device's status byte was written.</summary>
    Status,
    /// <summary>The host queued a channel report word.</summary>
    Crw,
    /// <summary>A subchannel was assigned or removed by the host.</summary>
    Assign,
    /// <summary>The host set an indicator byte.</summary>
    Indicator,
    /// <summary>An interrupt was raised, withdrawn or taken.</summary>
    Interrupt,
    /// <summary>An object was allocated or freed, or a reference count changed.</summary>
    Memory,
    /// <summary>A lock was taken or released, or somebody waits or is woken.</summary>
    Lock,
    /// <summary>A state machine or a guest object changed its state.</summary>
    State,
    /// <summary>A message of the guest's kernel log, or a campaign's remark.</summary>
    Log,
    /// <summary>The violation that ends the run.</summary>
    Violation,
}

/// <summary>One line of the trace.</summary>
/// <param name="Step">Scheduling points passed when it was written.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Context">Who did it, e.g. "kworker/cio" or "host".</param>
/// <param name="Text">What happened, in the kernel's names.</param>
public readonly record struct TraceLine(int Step, TraceKind Kind, string Context, string Text);

/// <summary>Where the running context was when an operation started.</summary>
/// <param name="Operation">The operation, from 0.</param>
/// <param name="Functions">
/// The functions that it was in, innermost first, and how often each was entered since the operation before; empty if everything was at
/// rest.
/// </param>
/// <param name="Recent">The functions of any context that were entered before that, the last first, and how often.</param>
public sealed record OperationStart(
    int Operation, IReadOnlyList<(string Function, int Count)> Functions, IReadOnlyList<(string Function, int Count)> Recent);

/// <summary>The record of one execution, kept only when somebody asked for it.</summary>
public sealed class Trace
{
    private readonly List<TraceLine> lines = [];
    private readonly Dictionary<string, int> calls = [];
    private const int MostRecent = 64;

    /// <summary>Room for lines that is kept for the next execution: what does not end has millions of them.</summary>
    private const int MostKept = 1 << 16;

    private readonly List<OperationStart> starts = [];
    private readonly Queue<string> recent = [];
    private Dictionary<string, int> callsBefore = [];
    private readonly World world;

    internal Trace(World world) => this.world = world;

    /// <summary>Whether lines are kept. Off in the fuzzing loop, where formatting would dominate.</summary>
    public bool On { get; set; }

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<TraceLine> Lines => lines;

    /// <summary>How often each kernel or QEMU function was entered, by name; counted only while the trace is on.</summary>
    public IEnumerable<(string Function, int Count)> Calls =>
        calls.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => (c.Key, c.Value));

    /// <summary>Where the running context was when each operation started, kept only while the trace is on.</summary>
    public IReadOnlyList<OperationStart> Starts => starts;

    /// <summary>Notes where the running context is when an operation starts.</summary>
    /// <param name="operation">The operation, from 0.</param>
    /// <param name="where">What that context is in; null if everything is at rest.</param>
    internal void Start(int operation, CallSite? where)
    {
        var functions = new List<(string, int)>();
        for (var site = where; site is { Parent: not null }; site = site.Parent) functions.Add(Counted(site.Function));
        starts.Add(new OperationStart(operation, functions, where is null ? [] : [.. recent.Reverse().Distinct().Select(Counted)]));
        callsBefore = new Dictionary<string, int>(calls);

        (string, int) Counted(string function) =>
            (function, calls.GetValueOrDefault(function) - callsBefore.GetValueOrDefault(function));
    }

    /// <summary>Adds a line; the text is not even formatted when the trace is off.</summary>
    public void Add(TraceKind kind, [InterpolatedStringHandlerArgument("")] ref TraceText text)
    {
        if (On) lines.Add(new TraceLine(world.Scheduler.Steps, kind, world.Scheduler.Current.Name, text.ToString()));
    }

    /// <summary>Adds a line with a fixed text.</summary>
    public void Add(TraceKind kind, string text)
    {
        if (On) lines.Add(new TraceLine(world.Scheduler.Steps, kind, world.Scheduler.Current.Name, text));
    }

    /// <summary>Counts a function that was entered.</summary>
    internal void Count(string function)
    {
        calls[function] = calls.GetValueOrDefault(function) + 1;
        if (recent.Count == MostRecent) recent.Dequeue();
        recent.Enqueue(function);
    }

    internal void Reset()
    {
        lines.Clear();
        if (lines.Capacity > MostKept) lines.Capacity = 0;
        calls.Clear();
        starts.Clear();
        recent.Clear();
        callsBefore.Clear();
    }
}

/// <summary>Formats a trace text only if the trace is on.</summary>
[InterpolatedStringHandler]
public readonly ref struct TraceText
{
    private readonly StringBuilder? text;

    /// <summary>Called by the compiler.</summary>
    public TraceText(int literalLength, int formattedCount, Trace trace, out bool on)
    {
        ArgumentNullException.ThrowIfNull(trace);
        on = trace.On;
        text = on ? new StringBuilder(literalLength + (8 * formattedCount)) : null;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value, string format) where T : IFormattable => text!.Append(value.ToString(format, null));

    /// <inheritdoc/>
    public override string ToString() => text?.ToString() ?? "";
}
