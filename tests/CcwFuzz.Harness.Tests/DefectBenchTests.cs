using CcwFuzz.Harness;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Benchmarks.PastDefects;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

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

    /// <summary>H54 answers of the last subchannel what the host answers anyway where another device has a lower one.</summary>
    [Fact]
    public void What_another_device_brings_about_is_not_the_defects()
    {
        const string Text = "plug 0\nunbind-ccw 0\nbind-keeper 0\nonline 0\nunplug 0\n";
        const string Key = "protocol-struct_subchannel-00000000";
        var campaign = CampaignParser.Parse(Text);
        var plays = new List<int>();
        var target = new FuzzTarget(VariantCatalogue.Default, world => played =>
        {
            world.Scheduler.BeginOperation(played.Operations.Count);
            plays.Add(played.Operations.Count);
            if (played.Operations[0] is { Opcode: Opcode.Plug, Slot: 3 }) world.Fail(ViolationKind.Protocol, "x", "struct subchannel");
            return null;
        });
        var without = new Neighbourhood(target, 1);
        Assert.True(without.Shows(campaign, KeyOf(target, "plug 3\n")));
        Assert.Contains(campaign.Operations.Count + 1, plays);
        Assert.False(without.Shows(campaign, Key));
        // All slots are in use: no other device fits.
        Assert.False(without.Shows(CampaignParser.Parse("plug 0\nplug 1\nplug 2\nopen 3\n"), KeyOf(target, "plug 3\n")));
    }

    private static string KeyOf(FuzzTarget target, string text) => target.Run(CampaignParser.Parse(text)).Key!;

    private Cli Run(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] all = ["bench", "defects", .. words, "--config", folder["fuzz.yml"]];
        var exit = HarnessApp.Run(all, output, error, variant => TargetPool.Of(variant));
        return new Cli(exit, output.ToString(), error.ToString());
    }
}
