using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Findings;

/// <summary>The files of a finding, made by running its input once more with the trace on.</summary>
internal static class FindingReport
{
    private const int MostTraceLines = 2000;

    /// <summary>Makes the files.</summary>
    public static IReadOnlyList<(string Name, byte[] Content)> Files(FuzzTarget target, Finding finding, ulong seed, string engine)
    {
        target.World.Trace.On = true;
        try
        {
            var verdict = target.Run(finding.Input);
            return
            [
                (StoredFinding.BytesName, finding.Input),
                (StoredFinding.TextName, Utf8($"# {finding.Title}\n{finding.Campaign}")),
                (StoredFinding.ReportName, Utf8(Report(target, finding))),
                (StoredFinding.DataName, Utf8(JsonOutput.Pretty(
                    Record(target, finding, verdict, seed, engine), FindingJson.Written.RawRecord))),
            ];
        }
        finally
        {
            target.World.Trace.On = false;
        }
    }

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string Report(FuzzTarget target, Finding finding)
    {
        using var text = new StringWriter { NewLine = "\n" };
        text.WriteLine(finding.Title);
        text.WriteLine(new string('=', finding.Title.Length));
        text.WriteLine();
        text.WriteLine($"key        {finding.Key}");
        text.WriteLine($"variant    {target.Variant} on host {target.Variant.HostText}");
        ViolationWriter.Write(text, finding.Violation);
        text.WriteLine();
        text.WriteLine($"Replay: ccwfuzz replay {finding.Key} --trace");
        text.WriteLine();
        text.WriteLine("Campaign");
        text.WriteLine("--------");
        text.Write(finding.Campaign.ToString());
        text.WriteLine();
        text.WriteLine("Trace");
        text.WriteLine("-----");
        TraceWriter.Write(text, target.World.Trace.Lines, MostTraceLines);
        return text.ToString();
    }

    private static RawRecord Record(FuzzTarget target, Finding finding, in Verdict verdict, ulong seed, string engine)
    {
        var (campaign, on) = (finding.Campaign, VariantNames.Of(target.Variant));
        return new RawRecord
        {
            Key = finding.Key,
            Title = finding.Title,
            Kind = finding.Violation.KindName,
            Variant = on.Variant,
            Host = on.Host,
            HostVersion = on.HostVersion,
            Notify = on.Notify,
            Defects = on.Defects,
            Remedies = on.Remedies,
            Engine = engine,
            Seed = seed,
            FirstExecution = finding.FirstExecution,
            Operations = campaign.Operations.Count,
            Deviations = campaign.Deviations.Count,
            Faults = campaign.Faults.Count,
            Steps = verdict.Steps,
            Violation = ViolationRecord.Of(finding.Violation),
        };
    }
}
