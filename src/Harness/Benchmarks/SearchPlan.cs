using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>What the measurements that look for switches have in common: each brings its variants along, and files nothing.</summary>
internal static class SearchPlan
{
    /// <summary>The plan of a measurement.</summary>
    /// <param name="settings">Seed and, if somebody asked for a number, executions.</param>
    /// <param name="usualExecutions">Executions for each switch if nobody did; those of fuzz.yml are for fuzzing.</param>
    public static FuzzPlan Of(LoadedSettings settings, long usualExecutions) => new()
    {
        Variant = VariantCatalogue.Default,
        Seed = settings.ResolveSeed(),
        Engine = "guided",
        Executions = settings.LayerOf("executions") > SettingLayer.File ? settings.Values.Executions : usualExecutions,
        Findings = "",
    };
}
