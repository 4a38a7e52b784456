using System.Text;
using System.Text.Json.Nodes;
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
        var json = new JsonObject
        {
            ["key"] = record.Key,
            ["violates"] = new JsonObject().AddVariant(variant),
            ["clean"] = record.CleanIn.Count == 0 ? null : new JsonObject().AddVariant(Targets.Like(variant, record.CleanIn[0])),
        };
        AtomicFile.WriteIfChanged(path + ".bin", campaign.Encode());
        AtomicFile.WriteIfChanged(path + ".txt", Encoding.UTF8.GetBytes($"# {title}\n{campaign}"));
        AtomicFile.WriteIfChanged(path + ".json", Encoding.UTF8.GetBytes(JsonOutput.Pretty(json)));
    }
}
