using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Explanation;

/// <summary>One campaign explained: its violation, the story that leads there, the trace, the moment of no return.</summary>
/// <remarks>Has no time, no path and nothing of the machine: the same campaign on the same build gives the same text.</remarks>
internal sealed class Explained
{
    private const int ChainDepth = 5;

    /// <summary>Lines of a trace that are shown from its beginning: only what does not end has more.</summary>
    private const int FirstLines = 3000;

    /// <summary>Lines that are shown from its end then.</summary>
    private const int LastLines = 100;

    private readonly string variant;
    private readonly Campaign campaign;
    private readonly IReadOnlyList<TraceLine> trace;
    private readonly int leftOut;
    private readonly IReadOnlyList<string> waiting;
    private readonly IReadOnlyList<(string Function, int Count)> calls;

    /// <summary>Runs a campaign with the trace on, then looks for the moment of no return.</summary>
    public Explained(FuzzTarget target, Campaign campaign, string key)
    {
        this.campaign = campaign;
        Key = key;
        variant = $"{target.Variant} on host {target.Variant.HostText}";
        target.World.Trace.On = true;
        Verdict verdict;
        try
        {
            verdict = target.Run(campaign);
            var lines = target.World.Trace.Lines;
            leftOut = Math.Max(0, lines.Count - FirstLines - LastLines);
            trace = leftOut > 0 ? [.. lines.Take(FirstLines), .. lines.TakeLast(LastLines)] : [.. lines];
            calls = [.. target.World.Trace.Calls];
            waiting = [.. target.World.Scheduler.Contexts.Where(IsStuck).Select(Describe)];
        }
        finally
        {
            target.World.Trace.On = false;
        }
        Violation = verdict.Violation;
        Actual = verdict.Key;
        Steps = verdict.Steps;
        Title = verdict.Title ?? "clean";
        Story = StoryBuilder.Build(trace, Violation);
        Inevitability = Actual == key ? new InevitabilityAnalysis(target).Find(campaign, key) : null;
    }

    /// <summary>The key it is filed under.</summary>
    public string Key { get; }

    /// <summary>The key it shows now, or null if it runs clean.</summary>
    public string? Actual { get; }

    /// <summary>The violation, or null.</summary>
    public Violation? Violation { get; }

    /// <summary>One line.</summary>
    public string Title { get; }

    /// <summary>Scheduling points of the run.</summary>
    public int Steps { get; }

    /// <summary>What happened, without what does not matter.</summary>
    public IReadOnlyList<StoryEvent> Story { get; }

    /// <summary>The moment of no return, or null if it is not there any more.</summary>
    public Inevitability? Inevitability { get; }

    /// <summary>The sequence diagram for Mermaid.</summary>
    public string Mermaid => MermaidWriter.Write(Title, Story);

    /// <summary>The sequence diagram as a picture.</summary>
    public string Svg => SvgWriter.Write(Title, Story);

    /// <summary>The whole report; no newline at its end.</summary>
    public string Report()
    {
        using var text = new StringWriter { NewLine = "\n" };
        text.WriteLine(Title);
        text.WriteLine(new string('=', Title.Length));
        text.WriteLine();
        text.WriteLine($"key        {Key}");
        if (Actual != Key) text.WriteLine($"now        {Actual ?? "clean"}");
        text.WriteLine($"variant    {variant}");
        if (Violation is { } violation) ViolationWriter.Write(text, violation);
        Section(text, "Campaign");
        text.Write(campaign.ToString());
        if (Inevitability is { } inevitability)
        {
            Section(text, "Point of no return");
            text.WriteLine(InevitabilityText.Of(inevitability, campaign));
        }
        Section(text, "Story");
        StoryWriter.Write(text, Story);
        if (waiting.Count > 0)
        {
            Section(text, "Who waits at the end");
            foreach (var line in waiting) text.WriteLine(line);
        }
        // With it, a change that leaves no line of its own in the trace still shows as what is called because of it.
        Section(text, "Functions and how often they were entered");
        foreach (var (function, count) in calls) text.WriteLine($"{function} x{count}");
        Section(text, "Trace");
        TraceWriter.WriteBeginningAndEnd(text, trace, FirstLines, leftOut);
        var lines = text.ToString().Split('\n').Select(l => l.TrimEnd());
        return string.Join('\n', lines).TrimEnd('\n');
    }

    private static bool IsStuck(Context context) =>
        context is { State: ContextState.Sleeping or ContextState.Spinning, IsIdle: false };

    private static string Describe(Context context) => $"{context.Name}  {context.WaitingFor}\n    in {context.Site.Describe(ChainDepth)}";

    private static void Section(StringWriter text, string name)
    {
        text.WriteLine();
        text.WriteLine(name);
        text.WriteLine(new string('-', name.Length));
    }
}
