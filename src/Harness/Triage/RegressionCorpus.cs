using System.Text;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>corpus/regression: minimized reproducers, each with the variant on which it violates and one on which it does not.</summary>
internal static class RegressionCorpus
{
    /// <summary>Adds or renews a reproducer.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Add(string folder, FindingRecord record, Campaign campaign, string title, Variant variant)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, record.Key);
        var clean = record.CleanIn.Count == 0 ? null : VariantNames.Of(Targets.Like(variant, record.CleanIn[0]));
        var reproducer = new ReproducerRecord(record.Key, VariantNames.Of(variant), clean);
        AtomicFile.WriteIfChanged(path + ".bin", campaign.Encode());
        AtomicFile.WriteIfChanged(path + ".txt", Encoding.UTF8.GetBytes($"# {title}\n{campaign}"));
        var json = JsonOutput.Pretty(reproducer, FindingJson.Written.ReproducerRecord);
        AtomicFile.WriteIfChanged(path + ".json", Encoding.UTF8.GetBytes(json));
    }
}
