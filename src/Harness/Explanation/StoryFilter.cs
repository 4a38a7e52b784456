using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Explanation;

/// <summary>Which lines of a trace matter to somebody who wants to understand a violation.</summary>
/// <remarks>
/// Left out: booting, who is on which CPU, instructions that only look, memory that is not the violation's, and pairs of
/// references that were taken and dropped again before anybody else did something.
/// </remarks>
internal sealed class StoryFilter
{
    private const string ArrowOfCount = " -> ";
    private const string Sleeps = "sleeps ";
    private const string Wakes = "wakes ";

    /// <summary>Objects whose end is always news.</summary>
    private static readonly string[] Transport = ["struct ccw_device ", "struct virtio_ccw_device ", "struct subchannel "];

    private readonly List<string> types = [];

    /// <summary>Prepares the filter for a violation; null for a run that was clean.</summary>
    public StoryFilter(Violation? violation)
    {
        if (violation is null) return;
        if (violation.ObjectType.Length > 0) types.Add(violation.ObjectType);
        // The pool lives as long as its device does.
        if (violation.Kind is ViolationKind.Pool or ViolationKind.DmaToFreed) types.Add("struct ccw_device ");
    }

    /// <summary>The lines that matter, in their order.</summary>
    public List<TraceLine> Apply(IReadOnlyList<TraceLine> lines)
    {
        var first = 0;
        while (first < lines.Count && lines[first].Kind != TraceKind.Operation) first++;
        var kept = lines.Skip(first).Where(Matters).ToList();
        return WithoutPassingSleep(WithoutPassingReferences(kept));
    }

    private bool Matters(TraceLine line) => line.Kind switch
    {
        TraceKind.Schedule or TraceKind.Status or TraceKind.Indicator => false,
        TraceKind.Instruction => !IsLooking(line.Text),
        TraceKind.Crw => !line.Text.EndsWith("(chained)", StringComparison.Ordinal),
        TraceKind.Assign => !line.Text.Contains("chpid", StringComparison.Ordinal),
        TraceKind.Memory => types.Any(t => Mentions(line.Text, t))
            || (line.Text.StartsWith("release ", StringComparison.Ordinal) && Transport.Any(t => Mentions(line.Text, t))),
        // Devices without a bus are parts of others.
        TraceKind.State => !line.Text.EndsWith(" added", StringComparison.Ordinal),
        _ => true,
    };

    private static bool Mentions(string text, string type)
    {
        var at = text.IndexOf(type, StringComparison.Ordinal);
        if (at < 0) return false;
        var end = at + type.Length;
        // struct virtio_ccw_device is not struct virtio_ccw_device_info.
        return type[^1] == ' ' || end == text.Length || !(char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_');
    }

    private static bool IsLooking(string text) =>
        text.StartsWith("stsch", StringComparison.Ordinal) || text.StartsWith("chsc", StringComparison.Ordinal)
        || text.StartsWith("stcrw cc=1", StringComparison.Ordinal)
        || ((text.StartsWith("msch", StringComparison.Ordinal) || text.StartsWith("tsch", StringComparison.Ordinal))
            && text.EndsWith("cc=0", StringComparison.Ordinal));

    /// <summary>Leaves out references that were dropped before anybody but an interrupt handler did something.</summary>
    private static List<TraceLine> WithoutPassingReferences(List<TraceLine> lines)
    {
        var isLeftOut = new bool[lines.Count];
        var taken = new Dictionary<string, Stack<int>>();
        var actor = "";
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (!IsInterruptHandler(line.Context) && line.Context != actor)
            {
                taken.Clear();
                actor = line.Context;
            }
            if (line.Kind != TraceKind.Memory || ObjectOf(line.Text) is not { } target) continue;
            var isTaken = line.Text.StartsWith("get ", StringComparison.Ordinal);
            var place = $"{line.Context}|{target}";
            if (!taken.TryGetValue(place, out var open)) taken[place] = open = new Stack<int>();
            if (isTaken) open.Push(i);
            else if (open.TryPop(out var get)) isLeftOut[get] = isLeftOut[i] = true;
        }
        return [.. lines.Where((_, i) => !isLeftOut[i])];
    }

    /// <summary>Leaves out sleep that an interrupt ended before anybody else did something, and wake-ups of nobody.</summary>
    private static List<TraceLine> WithoutPassingSleep(List<TraceLine> lines)
    {
        var isLeftOut = new bool[lines.Count];
        var asleep = new Dictionary<string, int>();
        var lastOfOthers = -1;
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            if (line.Kind == TraceKind.Lock && line.Text.StartsWith(Sleeps, StringComparison.Ordinal))
            {
                asleep[line.Context] = i;
            }
            else if (line.Kind == TraceKind.Lock && line.Text.StartsWith(Wakes, StringComparison.Ordinal))
            {
                var who = line.Text[Wakes.Length..];
                if (!asleep.Remove(who, out var since)) isLeftOut[i] = true;
                else if (since >= lastOfOthers) isLeftOut[since] = isLeftOut[i] = true;
            }
            else if (line.Kind == TraceKind.Operation || !(IsInterruptHandler(line.Context) || line.Kind == TraceKind.Interrupt))
            {
                lastOfOthers = i;
            }
        }
        return [.. lines.Where((_, i) => !isLeftOut[i])];
    }

    private static bool IsInterruptHandler(string context) => context.StartsWith("irq/", StringComparison.Ordinal);

    /// <summary>The object of a line about a reference, or null.</summary>
    private static string? ObjectOf(string text)
    {
        if (!text.StartsWith("get ", StringComparison.Ordinal) && !text.StartsWith("put ", StringComparison.Ordinal)) return null;
        var end = text.IndexOf(ArrowOfCount, StringComparison.Ordinal);
        return end < 0 ? null : text[4..end];
    }
}
