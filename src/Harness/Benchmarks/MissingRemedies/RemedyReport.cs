using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.MissingRemedies;

/// <summary>Executions it takes to find what each remedy mends, on hardened without it.</summary>
internal static class RemedyReport
{
    private static readonly SearchReport Report = new("host", usualExecutions: 200_000);

    /// <summary>Leaves out the remedies of the settings, or each in turn.</summary>
    public static int Run(LoadedSettings settings, bool json, CommandContext context)
    {
        var asked = settings.ResolveVariant();
        var ids = asked.IsHardened ? [] : asked.RemedyIds.ToList();
        var wanted = Remedies.All.Where(one => ids.Count == 0 || ids.Contains(one.Id));
        var hardened = VariantCatalogue.Like(asked, variant: VariantCatalogue.HardenedVariant);
        return Report.Run(settings, json, context, (search, stop) => new RemedyBench(search, hardened, context.Log).Run(wanted, stop));
    }
}
