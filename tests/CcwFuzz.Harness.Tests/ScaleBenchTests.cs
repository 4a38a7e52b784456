using CcwFuzz.Harness;
using CcwFuzz.Target;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>bench triage, remedies and traces on the device stack.</summary>
public sealed class ScaleBenchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ScaleBenchTests() => folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: findings\n");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Violations_of_two_defects_fall_into_a_key_each()
    {
        folder.Write("seeds/seed.txt", "plug 0\nunplug 0\n");
        var run = Run("triage", "--defect", "H39", "--defect", "H40", "--violations", "10", "--executions", "60", "--json");
        Assert.Equal((0, 2, 10), (run.Exit, (int)run.Json["defects"]!, (int)run.Json["violations"]!));
        Assert.Equal((2, 2, 1), ((int)run.Json["keys"]!, (int)run.Json["keysOfOneDefect"]!, (int)run.Json["mostKeysOfADefect"]!));
        Assert.Equal(["H39", "H40"], run.Json["rows"]!.AsArray().Select(row => (string?)row!["id"]));
    }

    [Fact]
    public void What_is_the_same_without_the_defect_does_not_count()
    {
        folder.Write("seeds/seed.txt", "plug 0\n");
        var run = Run("triage", "--defect", "H50c", "--violations", "1", "--executions", "1");
        Assert.Contains("H50c TicBits: 0 of 1", run.Error, StringComparison.Ordinal);
        Assert.Contains("0 violations of 0 defects: 0 keys, 0 of one defect", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remedy_is_missed_where_the_same_input_shows_nothing_with_it()
    {
        folder.Write("seeds/seed.txt", File.ReadAllText(Repository.PathOf("corpus", "remedies", "R60.txt")));
        var run = Run("remedies", "--remedy", "R07", "--remedy", "R60", "--executions", "1", "--json");
        var rows = run.Json["rows"]!.AsArray();
        Assert.Equal(("R07", false), ((string?)rows[0]!["id"], (bool)rows[0]!["found"]!));
        Assert.Equal(("R60", 1), ((string?)rows[1]!["id"], (int)rows[1]!["executions"]!));
        Assert.StartsWith("host-assert-sch_handle_start_func_virtual-", (string?)rows[1]!["key"], StringComparison.Ordinal);
        Assert.Contains("hardened-R07: not found in 1", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_has_the_same_hash_each_time()
    {
        var findings = Repository.PathOf("findings");
        var run = Run("traces", "--findings", findings);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Directory.EnumerateFiles(findings, "report.verified.txt", SearchOption.AllDirectories).Count(), lines.Length);
        Assert.Equal(lines.Length, lines.Select(line => line.Split(' ')[0]).Distinct().Count());
        Assert.Equal(run.Output, Run("traces", "--findings", findings).Output);
    }

    private Cli Run(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = ["bench", .. words, "--config", folder["fuzz.yml"]];
        var exit = HarnessApp.Run(all, output, error, variant => TargetPool.Of(variant));
        return new Cli(exit, output.ToString(), error.ToString());
    }
}
