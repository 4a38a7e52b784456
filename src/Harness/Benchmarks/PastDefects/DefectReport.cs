using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>Past defects and the executions it takes to find them.</summary>
internal static class DefectReport
{
    private static readonly SearchReport Report = new("on top of", usualExecutions: 2_000_000);

    /// <summary>Looks for the defects of the settings, or for all of them.</summary>
    public static int Run(LoadedSettings settings, bool json, CommandContext context)
    {
        var ids = settings.ResolveVariant().DefectIds.ToList();
        var wanted = Defects.All.Where(one => ids.Count == 0 || ids.Contains(one.Id));
        return Report.Run(settings, json, context, (search, stop) => new DefectBench(search, context.Log).Run(wanted, stop));
    }
}
