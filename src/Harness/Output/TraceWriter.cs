using System.Globalization;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Output;

/// <summary>Prints a trace: step, context, kind, text, in columns.</summary>
internal static class TraceWriter
{
    private const int WidestContext = 28;

    /// <summary>Prints the lines; only the last <paramref name="most"/> of a longer trace.</summary>
    public static void Write(TextWriter output, IReadOnlyList<TraceLine> lines, int most = int.MaxValue)
    {
        var first = Math.Max(0, lines.Count - most);
        Write(output, lines, first, first, first > 0 ? $"({first} earlier lines are left out)" : null);
    }

    /// <summary>Prints the lines of a trace that was too long.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="lines">The lines of its beginning and of its end.</param>
    /// <param name="beginning">How many are of its beginning.</param>
    /// <param name="leftOut">How many were between; 0 if it was not too long.</param>
    public static void WriteBeginningAndEnd(TextWriter output, IReadOnlyList<TraceLine> lines, int beginning, int leftOut) =>
        Write(output, lines, 0, beginning, leftOut > 0 ? $"({leftOut} lines are left out)" : null);

    private static void Write(TextWriter output, IReadOnlyList<TraceLine> lines, int first, int gapAt, string? gap)
    {
        if (lines.Count == 0) return;
        var context = Math.Min(WidestContext, Math.Max("context".Length, lines.Max(l => l.Context.Length)));
        var step = Math.Max("step".Length, lines[^1].Step.ToString(CultureInfo.InvariantCulture).Length);
        output.WriteLine($"{"step".PadLeft(step)}  {"context".PadRight(context)}  {"kind",-11}  text");
        for (var i = first; i < lines.Count; i++)
        {
            if (i == gapAt && gap is not null) output.WriteLine(gap);
            var line = lines[i];
            var number = line.Step.ToString(CultureInfo.InvariantCulture).PadLeft(step);
            output.WriteLine($"{number}  {line.Context.PadRight(context)}  {NameOf(line.Kind),-11}  {line.Text}");
        }
    }

    private static string NameOf(TraceKind kind) => kind.ToString().ToLowerInvariant();
}
