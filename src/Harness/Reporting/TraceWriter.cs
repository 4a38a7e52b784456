using System.Globalization;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Reporting;

/// <summary>Prints a trace: step, context, kind, text, in columns.</summary>
internal static class TraceWriter
{
    private const int WidestContext = 28;

    /// <summary>Prints the lines; only the last <paramref name="most"/> of a longer trace.</summary>
    public static void Write(TextWriter output, IReadOnlyList<TraceLine> lines, int most = int.MaxValue)
    {
        if (lines.Count == 0) return;
        var first = Math.Max(0, lines.Count - most);
        var context = Math.Min(WidestContext, Math.Max("context".Length, lines.Max(l => l.Context.Length)));
        var step = Math.Max("step".Length, lines[^1].Step.ToString(CultureInfo.InvariantCulture).Length);
        output.WriteLine($"{"step".PadLeft(step)}  {"context".PadRight(context)}  {"kind",-11}  text");
        if (first > 0) output.WriteLine($"({first} earlier lines are left out)");
        for (var i = first; i < lines.Count; i++)
        {
            var line = lines[i];
            var number = line.Step.ToString(CultureInfo.InvariantCulture).PadLeft(step);
            output.WriteLine($"{number}  {line.Context.PadRight(context)}  {NameOf(line.Kind),-11}  {line.Text}");
        }
    }

    private static string NameOf(TraceKind kind) => kind.ToString().ToLowerInvariant();
}
