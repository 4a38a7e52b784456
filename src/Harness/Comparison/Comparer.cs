using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Comparison;

/// <summary>Replays findings on several variants, and fuzzes each with the same seed.</summary>
/// <remarks>The engine's findings go to a folder that is deleted: nothing is filed.</remarks>
internal sealed class Comparer(ComparisonPlan plan, CommandContext context, StopSignal stop)
{
    private readonly SortedDictionary<string, string> titles = new(StringComparer.Ordinal);

    /// <summary>Does it.</summary>
    public ComparisonTable Run()
    {
        foreach (var finding in plan.Findings) titles[finding.Key] = finding.Title;
        string? failure = null;
        var columns = new List<Column>();
        foreach (var variant in plan.Variants)
        {
            context.Log.WriteLine($"{variant} on host {variant.HostText}");
            var column = new Column { Replays = Replay(variant) };
            columns.Add(column);
            if (plan.Executions > 0 && !stop.IsRequested) failure ??= Fuzz(variant, column);
        }
        return new ComparisonTable(
            plan.Variants, [.. titles.Select(t => Row(t.Key, t.Value, columns))], plan.Seed, plan.Executions, failure);
    }

    private static ComparisonRow Row(string key, string title, List<Column> columns) => new(key, title, [.. columns.Select(column =>
    {
        var isReplayed = column.Replays.TryGetValue(key, out var replay);
        long? first = column.Found.TryGetValue(key, out var execution) ? execution : null;
        // A campaign can come to something else on another variant: that is this variant's finding, in a row of its own.
        return new ComparisonCell
        {
            IsReplayed = isReplayed,
            Replay = replay,
            FirstExecution = first,
            Shows = first is not null || column.Replays.ContainsValue(key),
        };
    })]);

    private Dictionary<string, string?> Replay(Variant variant)
    {
        var target = context.NewTarget(variant);
        var results = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var finding in plan.Findings)
        {
            var verdict = target.Run(CampaignFile.Read(finding.BytesPath));
            results[finding.Key] = verdict.Key;
            if (verdict.Key is { } key && !verdict.IsModelError) titles.TryAdd(key, verdict.Title ?? key);
        }
        return results;
    }

    private string? Fuzz(Variant variant, Column column)
    {
        var folder = Directory.CreateTempSubdirectory("ccwfuzz-compare-").FullName;
        try
        {
            var fuzz = new FuzzPlan
            {
                Variant = variant,
                Seed = plan.Seed,
                Engine = "guided",
                Executions = plan.Executions,
                Corpus = plan.Corpus,
                Findings = folder,
            };
            var silent = new ConsoleProgress(TextWriter.Null, fuzz, isTerminal: false);
            using var session = new FuzzSession(fuzz, silent, TextWriter.Null, context.NewTarget);
            var result = session.Run(stop);
            foreach (var finding in result.Findings)
            {
                titles.TryAdd(finding.Key, finding.Title);
                column.Found[finding.Key] = finding.FirstExecution;
            }
            return result.Failure is { } failure ? $"{variant}: {failure}" : null;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Column
    {
        public required Dictionary<string, string?> Replays { get; init; }

        public Dictionary<string, long> Found { get; } = new(StringComparer.Ordinal);
    }
}
