using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Explanation;

/// <summary>Makes a story of the lines that matter: who told whom, with the uneventful channel programs in one line.</summary>
internal static class StoryBuilder
{
    private const int MostPrograms = 3;
    private const string Done = " done";
    private const string Wakes = "wakes ";
    private const string AdapterHandler = "irq/adapter";

    /// <summary>The story of a trace.</summary>
    public static IReadOnlyList<StoryEvent> Build(IReadOnlyList<TraceLine> trace, Violation? violation)
    {
        var lines = new StoryFilter(violation).Apply(trace);
        var story = new List<StoryEvent>();
        for (var i = 0; i < lines.Count;)
        {
            var used = ChannelProgram(lines, i, story);
            if (used == 0)
            {
                // A violation on the host's side of an instruction is still the actor's who runs.
                story.Add(Event(lines[i], violation));
                used = 1;
            }
            i += used;
        }
        return Merge(WithoutEmptyInterrupts(story));
    }

    /// <summary>Leaves out adapter interrupts whose handler did nothing that matters, and what was said before.</summary>
    private static List<StoryEvent> WithoutEmptyInterrupts(List<StoryEvent> story)
    {
        var kept = new List<StoryEvent>();
        for (var i = 0; i < story.Count; i++)
        {
            var e = story[i];
            var isTaken = e.Kind == TraceKind.Interrupt && e.To == AdapterHandler;
            var isEmpty = isTaken && (i + 1 == story.Count || story[i + 1].From != AdapterHandler);
            if (isEmpty && kept.Count > 0 && IsAdapterInterrupt(kept[^1])) kept.RemoveAt(kept.Count - 1);
            if (isEmpty || (IsAdapterInterrupt(e) && kept.Count > 0 && IsAdapterInterrupt(kept[^1]))) continue;
            var isRepeated = e.Text.EndsWith(" deleted", StringComparison.Ordinal)
                && kept.Exists(k => k.Text == e.Text && k.From == e.From);
            if (!isRepeated) kept.Add(e);
        }
        return kept;
    }

    private static bool IsAdapterInterrupt(StoryEvent e) =>
        e.Kind == TraceKind.Interrupt && e.Text.StartsWith("adapter I/O interrupt", StringComparison.Ordinal);

    private static StoryEvent Event(TraceLine line, Violation? violation)
    {
        var (from, to) = (line.Context, (string?)null);
        switch (line.Kind)
        {
            case TraceKind.Instruction or TraceKind.Command when from != StoryEvent.Host:
                to = StoryEvent.Host;
                break;
            case TraceKind.Interrupt when line.Text.StartsWith(line.Context + " on cpu", StringComparison.Ordinal):
                (from, to) = (StoryEvent.Host, line.Context);
                return new StoryEvent(line.Step, from, to, line.Kind, "interrupt taken");
            case TraceKind.Interrupt:
                from = StoryEvent.Host;
                break;
            case TraceKind.Lock when line.Text.StartsWith(Wakes, StringComparison.Ordinal):
                to = line.Text[Wakes.Length..];
                return new StoryEvent(line.Step, from, to == from ? null : to, line.Kind, to == from ? line.Text : "wakes");
            case TraceKind.Violation when violation is { AccessContext.Length: > 0 }:
                from = violation.AccessContext;
                break;
        }
        return new StoryEvent(line.Step, from, to, line.Kind, line.Text);
    }

    /// <summary>A channel program that ran to its end undisturbed: SSCH, its commands, its interrupt.</summary>
    /// <returns>How many lines it took, 0 if there is none.</returns>
    private static int ChannelProgram(List<TraceLine> lines, int start, List<StoryEvent> story)
    {
        var line = lines[start];
        if (line.Kind != TraceKind.Instruction || !line.Text.StartsWith("ssch", StringComparison.Ordinal)) return 0;
        if (!line.Text.EndsWith("cc=0", StringComparison.Ordinal)) return 0;
        var at = start + 1;
        var commands = new List<string>();
        for (; at < lines.Count && lines[at].Kind == TraceKind.Command && lines[at].Context == line.Context; at++)
            commands.Add(lines[at].Text);
        if (at < lines.Count && IsRaised(lines[at])) at++;
        else return 0;
        if (at < lines.Count && IsTaken(lines[at])) at++;
        else return 0;
        while (at < lines.Count && lines[at].Kind == TraceKind.Lock && lines[at].Context == "irq/io") at++;
        var name = commands.Count == 0 ? "channel program" : string.Join(" ", commands);
        story.Add(new StoryEvent(line.Step, line.Context, StoryEvent.Host, TraceKind.Command, name + Done));
        return at - start;
    }

    private static bool IsRaised(TraceLine line) =>
        line.Kind == TraceKind.Interrupt && line.Text.StartsWith("I/O interrupt on sch", StringComparison.Ordinal);

    private static bool IsTaken(TraceLine line) =>
        line.Kind == TraceKind.Interrupt && line.Text.StartsWith("irq/io on cpu", StringComparison.Ordinal);

    /// <summary>Several channel programs in a row become one event.</summary>
    private static List<StoryEvent> Merge(List<StoryEvent> story)
    {
        var merged = new List<StoryEvent>();
        for (var i = 0; i < story.Count;)
        {
            var end = i + 1;
            while (IsDone(story[i]) && end < story.Count && IsDone(story[end]) && story[end].From == story[i].From) end++;
            var text = story[i].Text;
            if (end - i > 1)
            {
                var names = story.GetRange(i, end - i).Select(e => e.Text[..^Done.Length]).Distinct().ToList();
                var more = names.Count > MostPrograms ? ", ..." : "";
                text = $"{end - i} channel programs{Done}: {string.Join(", ", names.Take(MostPrograms))}{more}";
            }
            merged.Add(story[i] with { Text = text });
            i = end;
        }
        return merged;
    }

    private static bool IsDone(StoryEvent e) => e.Kind == TraceKind.Command && e.Text.EndsWith(Done, StringComparison.Ordinal);
}
