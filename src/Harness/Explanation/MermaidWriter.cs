using System.Globalization;
using System.Text;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Explanation;

/// <summary>A story as a Mermaid sequence diagram.</summary>
internal static class MermaidWriter
{
    /// <summary>The diagram's text.</summary>
    public static string Write(string title, IReadOnlyList<StoryEvent> story)
    {
        var actors = StoryWriter.Actors(story);
        var ids = actors.Select((a, i) => (Actor: a, Id: string.Create(CultureInfo.InvariantCulture, $"a{i}")))
            .ToDictionary(a => a.Actor, a => a.Id);
        var text = new StringBuilder("sequenceDiagram\n");
        text.Append(CultureInfo.InvariantCulture, $"  %% {Escape(title)}\n");
        foreach (var actor in actors) text.Append(CultureInfo.InvariantCulture, $"  participant {ids[actor]} as {Escape(actor)}\n");
        foreach (var e in story)
        {
            if (e.Kind == TraceKind.Operation)
                text.Append(CultureInfo.InvariantCulture, $"  Note over {ids[actors[0]]},{ids[actors[^1]]}: {Escape(e.Text)}\n");
            else if (e.IsViolation)
                text.Append(CultureInfo.InvariantCulture, $"  rect rgb(255, 220, 220)\n  Note over {ids[e.From]}: ")
                    .Append(Escape(e.Text)).Append("\n  end\n");
            else if (e.To is { } to)
                text.Append(CultureInfo.InvariantCulture, $"  {ids[e.From]}{Arrow(e.Kind)}{ids[to]}: {Escape(e.Text)}\n");
            else
                text.Append(CultureInfo.InvariantCulture, $"  Note over {ids[e.From]}: {Escape(e.Text)}\n");
        }
        return text.ToString();
    }

    private static string Arrow(TraceKind kind) => kind is TraceKind.Interrupt or TraceKind.Lock ? "-->>" : "->>";

    /// <summary>Semicolons and hash signs mean something to Mermaid.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            escaped.Append(c switch
            {
                '#' => "#35;",
                ';' => "#59;",
                '<' => "#lt;",
                '>' => "#gt;",
                _ => c.ToString(),
            });
        }
        return escaped.ToString();
    }
}
