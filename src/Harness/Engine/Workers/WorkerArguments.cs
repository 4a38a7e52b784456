using System.Globalization;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>The arguments of a worker.</summary>
/// <remarks>Everything is said explicitly, so that fuzz.yml and the environment cannot say it differently to a worker.</remarks>
internal static class WorkerArguments
{
    /// <summary>The words after the program's name.</summary>
    /// <param name="plan">What the workers do together.</param>
    /// <param name="configuration">The configuration file, or null for the nearest.</param>
    /// <param name="place">The worker, with the work that it has left.</param>
    /// <param name="seconds">Seconds that are left; 0 for no limit.</param>
    /// <param name="without">Names of inputs that it does not start from.</param>
    public static List<string> Of(FuzzPlan plan, string? configuration, WorkerPlace place, double seconds, IReadOnlyList<string> without)
    {
        string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "fuzz", "--worker", "--json", "--workers", "1", "--variant", plan.Variant.Name, "--host", plan.Variant.HostName,
            "--host-version", plan.Variant.HostVersionName, "--notify", plan.Variant.NotifyName,
            "--defect", List(plan.Variant.DefectIds), "--remedy", List(plan.Variant.RemedyIds),
            "--seed", Text(place.Seed), "--seconds", Text(seconds), "--executions", Text(place.Left),
            "--engine", plan.Engine, "--feedback", string.Join(',', Feedbacks.NamesOf(plan.Feedback)), "--findings", plan.Findings,
            "--page", place.Page.Path,
        ];
        if (without.Count > 0) arguments.AddRange(["--without", string.Join(',', without)]);
        // Each is an instance of its own, so that they exchange inputs with each other, too.
        if (plan.Sync is { } sync) arguments.AddRange(["--sync", sync.Folder, "--sync-name", $"{sync.Name}-{place.Number}"]);
        if (configuration is not null) arguments.AddRange(["--config", configuration]);
        foreach (var folder in plan.Baseline) arguments.AddRange(["--baseline", folder]);
        if (plan.KeepIn is { } own) arguments.AddRange(["--corpus", own]);
        return arguments;
    }

    /// <summary>Words with commas; the word for none if there are none.</summary>
    public static string List(IEnumerable<string> words) => string.Join(',', words.DefaultIfEmpty(Setting.None));
}
