using System.Globalization;
using System.Security;
using System.Text;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Explanation;

/// <summary>A story as a sequence diagram in SVG: lifelines, arrows, notes; nothing but text and lines.</summary>
internal sealed class SvgWriter
{
    private const int ColumnWidth = 200;
    private const int Margin = 20;
    private const int Top = 70;
    private const int LineHeight = 14;
    private const int Gap = 10;
    private const int LettersPerNote = 30;
    private const int LetterWidth = 7;
    private readonly StringBuilder body = new();
    private readonly IReadOnlyList<string> actors;
    private int y = Top + Gap;

    private SvgWriter(IReadOnlyList<string> actors) => this.actors = actors;

    /// <summary>The document.</summary>
    public static string Write(string title, IReadOnlyList<StoryEvent> story)
    {
        var writer = new SvgWriter(StoryWriter.Actors(story));
        foreach (var e in story) writer.Draw(e);
        return writer.Document(title);
    }

    private void Draw(StoryEvent e)
    {
        if (e.Kind == TraceKind.Operation) Band(e.Text);
        else if (e.To is { } to && to != e.From) Arrow(Column(e.From), Column(to), e);
        else Note(Column(e.From), e);
    }

    private void Band(string text)
    {
        Add($"<rect class=\"band\" x=\"{Margin}\" y=\"{y}\" width=\"{(actors.Count * ColumnWidth) - Margin}\" height=\"20\"/>");
        Text(Margin + 6, y + 14, text, "operation");
        y += 20 + Gap;
    }

    private void Arrow(int from, int to, StoryEvent e)
    {
        var letters = Math.Max(LettersPerNote, Math.Abs(to - from) / LetterWidth);
        var lines = Wrap(e.Text, letters);
        var (left, right) = (Math.Min(from, to), Math.Max(from, to));
        foreach (var line in lines)
        {
            y += LineHeight;
            Add($"<text class=\"message\" x=\"{(left + right) / 2}\" y=\"{y - 3}\">{SecurityElement.Escape(line)}</text>");
        }
        var style = e.Kind is TraceKind.Interrupt or TraceKind.Lock ? "arrow dashed" : "arrow";
        Add($"<line class=\"{style}\" x1=\"{from}\" y1=\"{y}\" x2=\"{to}\" y2=\"{y}\" marker-end=\"url(#head)\"/>");
        y += Gap;
    }

    private void Note(int x, StoryEvent e)
    {
        var lines = Wrap(e.Text, LettersPerNote);
        var width = (lines.Max(l => l.Length) * LetterWidth) + 8;
        var height = (lines.Count * LineHeight) + 6;
        var left = Math.Max(2, x - (width / 2));
        Add($"<rect class=\"{(e.IsViolation ? "violation" : "note")}\" x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
        for (var i = 0; i < lines.Count; i++) Text(left + 4, y + ((i + 1) * LineHeight), lines[i], "text");
        y += height + Gap;
    }

    private string Document(string title)
    {
        var width = (actors.Count * ColumnWidth) + Margin;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{y + Margin}\" ");
        text.Append(CultureInfo.InvariantCulture, $"viewBox=\"0 0 {width} {y + Margin}\">\n");
        text.Append("<style>text{font:11px monospace}.title{font-weight:bold}.message{text-anchor:middle}.actor{text-anchor:middle}"
            + ".operation{font-weight:bold}.life{stroke:#999}.band{fill:#e8eef7}.note{fill:#fffbe6;stroke:#bbb}"
            + ".violation{fill:#ffd6d6;stroke:#c00}.arrow{stroke:#333}.dashed{stroke-dasharray:4 3}"
            + ".box{fill:#f4f4f4;stroke:#666}</style>\n");
        text.Append("<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
            + "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        text.Append(CultureInfo.InvariantCulture, $"<text class=\"title\" x=\"{Margin}\" y=\"18\">");
        text.Append(SecurityElement.Escape(title)).Append("</text>\n");
        foreach (var actor in actors)
        {
            var x = Column(actor);
            text.Append(CultureInfo.InvariantCulture, $"<line class=\"life\" x1=\"{x}\" y1=\"{Top}\" x2=\"{x}\" y2=\"{y}\"/>\n");
            text.Append(CultureInfo.InvariantCulture, $"<rect class=\"box\" x=\"{x - 70}\" y=\"40\" width=\"140\" height=\"24\"/>");
            text.Append(CultureInfo.InvariantCulture, $"<text class=\"actor\" x=\"{x}\" y=\"56\">{SecurityElement.Escape(actor)}</text>\n");
        }
        return text.Append(body).Append("</svg>\n").ToString();
    }

    private int Column(string actor)
    {
        for (var i = 0; i < actors.Count; i++)
            if (actors[i] == actor) return (i * ColumnWidth) + (ColumnWidth / 2);
        return 0;
    }

    private void Text(int x, int baseline, string text, string style) =>
        Add($"<text class=\"{style}\" x=\"{x}\" y=\"{baseline}\">{SecurityElement.Escape(text)}</text>");

    private void Add(FormattableString element) => body.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static List<string> Wrap(string text, int letters)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > letters)
            {
                lines.Add(line);
                line = word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }
        lines.Add(line);
        return lines;
    }
}
