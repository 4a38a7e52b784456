using System.Text.Json.Serialization.Metadata;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Snapshots;

/// <summary>Records on disk: read and written again, a file is the same to the last byte.</summary>
public class RecordTests
{
    private static readonly string Findings = Repository.PathOf("findings");

    [Fact]
    public void Triaged_findings_are_written_as_they_are_read() =>
        AreTheSame(Files(Findings, "finding.json", isReal: false), FindingJson.Written.TriagedRecord);

    [Fact]
    public void Findings_of_real_guests_are_written_as_they_are_read() =>
        AreTheSame(Files(Findings, "finding.json", isReal: true), FindingJson.Written.RealRecord);

    [Fact]
    public void Answers_of_real_kernels_are_written_as_they_are_read() => AreTheSame(
        [.. Files(Findings, "linux.json", isReal: false), .. Files(Findings, "linux.json", isReal: true)], AnswerJson.Written.GuestAnswers);

    [Fact]
    public void Reproducers_are_written_as_they_are_read() =>
        AreTheSame(Directory.GetFiles(Repository.PathOf("corpus", "regression"), "*.json"), FindingJson.Written.ReproducerRecord);

    private static IEnumerable<string> Files(string folder, string name, bool isReal) => Directory
        .EnumerateFiles(folder, name, SearchOption.AllDirectories)
        .Where(f => Path.GetRelativePath(folder, f).StartsWith("linux/", StringComparison.Ordinal) == isReal);

    private static void AreTheSame<T>(IEnumerable<string> files, JsonTypeInfo<T> type)
    {
        var all = files.Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(all);
        Assert.All(all, f => Assert.Equal(File.ReadAllText(f), JsonOutput.Pretty(JsonFile.Read(f, type), type)));
    }
}
