using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Harness.Triage;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>One raw campaign minimized.</summary>
/// <param name="Result">What the minimizer says.</param>
/// <param name="KeepsKey">Whether the result, encoded and decoded, shows the key.</param>
/// <param name="IsMinimal">Whether no single operation, fault or deviation can be removed from it.</param>
internal sealed record MinimizationSample(MinimizationResult Result, bool KeepsKey, bool IsMinimal);

/// <summary>Minimizes campaigns of 40 to 64 operations in which the filed findings are hidden.</summary>
/// <param name="targets">What runs them.</param>
/// <param name="log">Where progress goes.</param>
internal sealed class MinimizationBench(Targets targets, TextWriter log)
{
    private const int MostTries = 2000;

    /// <summary>Measures every filed finding that is not fixed by a change of the model.</summary>
    /// <param name="findings">Folder of the findings.</param>
    /// <param name="perFinding">Campaigns each.</param>
    /// <param name="seed">Seed of the campaigns.</param>
    /// <returns>A row a finding, and a last one, "all".</returns>
    public IReadOnlyList<MinimizationRow> Run(string findings, int perFinding, ulong seed)
    {
        var rows = new List<MinimizationRow>();
        var all = new List<MinimizationSample>();
        foreach (var key in StoredFinding.Keys(findings))
        {
            var stored = StoredFinding.Open(Path.Combine(findings, key));
            if (!stored.IsTriaged) continue;
            var samples = Samples(stored, perFinding, seed + (ulong)rows.Count);
            rows.Add(MinimizationRow.Of(key, samples));
            all.AddRange(samples);
            log.WriteLine($"{key}: {samples.Count} campaigns");
        }
        rows.Add(MinimizationRow.Of("all", all));
        return rows;
    }

    private List<MinimizationSample> Samples(StoredFinding stored, int count, ulong seed)
    {
        var target = targets.Of(StackName.VariantOf(stored));
        var minimized = CampaignFile.Read(stored.BytesPath);
        var samples = new List<MinimizationSample>();
        if (target.Run(minimized).Key != stored.Key) return samples;
        var random = new SplitMix(seed);
        for (var i = 0; i < MostTries && samples.Count < count; i++)
        {
            var raw = HiddenFinding.Draw(minimized, ref random);
            if (target.Run(raw).Key != stored.Key) continue;
            var result = new Minimizer(target).Minimize(raw, stored.Key, new MinimizationOptions());
            var keepsKey = target.Run(result.Campaign.Encode()).Key == stored.Key;
            samples.Add(new MinimizationSample(result, keepsKey, IsMinimal(target, result.Campaign, stored.Key)));
        }
        return samples;
    }

    private static bool IsMinimal(FuzzTarget target, Campaign campaign, string key)
    {
        var bytes = campaign.Encode();
        for (var at = 0; at < bytes.Length; at += RecordCodec.Stride)
            if (target.Run([.. bytes[..at], .. bytes[(at + RecordCodec.Stride)..]]).Key == key) return false;
        return true;
    }
}
