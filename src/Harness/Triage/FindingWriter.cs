using System.Text;
using CcwFuzz.Harness.Explanation;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Triage;

/// <summary>Writes the folder of a triaged finding.</summary>
internal static class FindingWriter
{
    /// <summary>The sequence diagram for Mermaid.</summary>
    public const string MermaidName = "sequence.mmd";

    /// <summary>The sequence diagram as a picture.</summary>
    public const string SvgName = "sequence.svg";

    /// <summary>Writes everything; a raw finding in the same place becomes a triaged one.</summary>
    /// <exception cref="IOException">A file cannot be written; the finding is then still a raw one, or as before.</exception>
    public static void Write(string folder, FindingRecord record, FuzzTarget target, Campaign campaign, Explained explained)
    {
        (string Name, byte[] Content)[] files =
        [
            (StoredFinding.BytesName, campaign.Encode()),
            (StoredFinding.TextName, Utf8($"# {explained.Title}\n{campaign}")),
            (Snapshot.VerifiedName, Utf8(explained.Report())),
            (MermaidName, Utf8(explained.Mermaid)),
            (SvgName, Utf8(explained.Svg)),
            // The last one: with it, the finding counts as triaged.
            (StoredFinding.DataName, Json(record.Content(target, campaign, explained))),
        ];
        if (!AtomicFile.WriteFolder(folder, files))
            foreach (var (name, content) in files) AtomicFile.WriteIfChanged(Path.Combine(folder, name), content);
        foreach (var raw in (string[])[StoredFinding.ReportName, Snapshot.ReceivedName]) File.Delete(Path.Combine(folder, raw));
    }

    /// <summary>Renews what is generated from the story.</summary>
    public static void WriteDiagrams(string folder, Explained explained)
    {
        AtomicFile.WriteIfChanged(Path.Combine(folder, MermaidName), Utf8(explained.Mermaid));
        AtomicFile.WriteIfChanged(Path.Combine(folder, SvgName), Utf8(explained.Svg));
    }

    /// <summary>Writes the data of a finding.</summary>
    public static void WriteData(string folder, TriagedRecord data) =>
        AtomicFile.WriteIfChanged(Path.Combine(folder, StoredFinding.DataName), Json(data));

    private static byte[] Json(TriagedRecord data) => Utf8(JsonOutput.Pretty(data, FindingJson.Written.TriagedRecord));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
