using CcwFuzz.Harness;
using CcwFuzz.Harness.Benchmarks.PastDefects;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Tests.Harness;

/// <summary>bench defects: what counts as found, on the device stack.</summary>
public sealed class DefectBenchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DefectBenchTests()
    {
        folder.Write("seeds/seed.txt", "plug 0\nunplug 0\n");
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_defect_is_found_where_the_same_input_shows_nothing_without_it()
    {
        var run = Run("--defect", "H40", "--defect", "H50c", "--executions", "1", "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(1, (int)run.Json["found"]!);
        var rows = run.Json["rows"]!.AsArray();
        Assert.Equal("H40", (string?)rows[0]!["id"]);
        Assert.Equal(1, (int)rows[0]!["executions"]!);
        Assert.StartsWith("host-assert-object_unparent-", (string?)rows[0]!["key"], StringComparison.Ordinal);
        Assert.False((bool)rows[1]!["found"]!);
        Assert.Null(rows[1]!["key"]);
        Assert.Contains("H40 DoubleUnparent on hardened: 1 ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_says_what_was_needed()
    {
        var run = Run("--defect", "H50c", "--executions", "2");
        Assert.Contains("| H50c | TicBits | hardened | not found in 2 |", run.Output, StringComparison.Ordinal);
        Assert.Contains("0 of 1 found", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_hardened_makes_up_for_a_defect_it_is_looked_for_without_that_remedy()
    {
        foreach (var id in DefectGround.Exceptions)
        {
            var ground = DefectGround.Of(Defects.All.Single(one => one.Id == id));
            Assert.NotEmpty(ground.Reason);
            Assert.Equal([id], ground.Resolve(id).DefectIds);
            Assert.Empty(ground.Resolve().DefectIds);
        }
    }

    private Cli Run(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = ["bench", "defects", .. words, "--config", folder["fuzz.yml"]];
        var exit = HarnessApp.Run(all, output, error, variant => new FuzzTarget(variant));
        return new Cli(exit, output.ToString(), error.ToString());
    }
}
