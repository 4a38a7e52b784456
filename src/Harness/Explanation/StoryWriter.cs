using System.Globalization;

namespace CcwFuzz.Harness.Explanation;

/// <summary>Prints a story: a column an actor, a mark in the column of whoever acts, '>' in that of whom it reached.</summary>
internal static class StoryWriter
{
    /// <summary>The actors in the order of their columns: the host, then the others as they come in.</summary>
    public static IReadOnlyList<string> Actors(IReadOnlyList<StoryEvent> story)
    {
        var actors = new List<string> { StoryEvent.Host };
        foreach (var e in story)
        {
            if (!actors.Contains(e.From)) actors.Add(e.From);
            if (e.To is { } to && !actors.Contains(to)) actors.Add(to);
        }
        return actors;
    }

    /// <summary>Prints it.</summary>
    public static void Write(TextWriter output, IReadOnlyList<StoryEvent> story)
    {
        var actors = Actors(story);
        output.WriteLine($" step  {string.Join("  ", actors)}");
        foreach (var e in story)
        {
            var step = e.Step.ToString(CultureInfo.InvariantCulture).PadLeft(5);
            var columns = actors.Select(a => Mark(e, a).PadLeft((a.Length / 2) + 1).PadRight(a.Length));
            output.WriteLine($"{step}  {string.Join("  ", columns)}  {e.Text}");
        }
    }

    private static string Mark(StoryEvent e, string actor) =>
        actor == e.From ? e.IsViolation ? "X" : "o" : actor == e.To ? ">" : "";
}
