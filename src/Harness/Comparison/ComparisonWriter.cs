using System.Globalization;

namespace CcwFuzz.Harness.Comparison;

/// <summary>Prints the table for people.</summary>
internal static class ComparisonWriter
{
    private const string No = "-";

    /// <summary>Prints it.</summary>
    public static void Print(TextWriter output, ComparisonTable table)
    {
        var heads = table.Variants.Select(v => v.ToString()).ToList();
        var cells = table.Rows.Select(row => row.Cells.Select(cell => Text(cell, row.Key)).ToList()).ToList();
        var first = table.Rows.Select(row => row.Key.Length).Append("finding".Length).Max();
        var widths = heads.Select((head, i) => cells.Select(row => row[i].Length).Append(head.Length).Max()).ToList();
        output.WriteLine(Line("finding", heads));
        output.WriteLine(Line(new string('-', first), widths.Select(width => new string('-', width))));
        for (var i = 0; i < cells.Count; i++) output.WriteLine(Line(table.Rows[i].Key, cells[i]));
        output.WriteLine(Line("all", table.Variants.Select((_, i) => Number(table.Rows.Count(row => row.Cells[i].Shows)))));
        output.WriteLine();
        output.WriteLine($"host {table.Variants[0].HostText}; engine guided, seed {table.Seed}, "
            + $"{Number(table.Executions)} executions a variant");
        output.WriteLine("replay: the filed campaign shows it; other: it shows another finding; "
            + "@N: the engine came upon it at execution N; -: neither");
        if (table.Failure is { } failure) output.WriteLine($"failed: {failure}");

        string Line(string name, IEnumerable<string> columns) =>
            (name.PadRight(first) + "  " + string.Join("  ", columns.Select((text, i) => text.PadRight(widths[i])))).TrimEnd();
    }

    private static string Text(ComparisonCell cell, string key)
    {
        var replay = cell.Replay is null ? "" : cell.Replay == key ? "replay" : "other";
        var found = cell.FirstExecution is { } execution ? "@" + Number(execution) : "";
        return replay.Length + found.Length == 0 ? No : replay.Length > 0 && found.Length > 0 ? $"{replay} {found}" : replay + found;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
