using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>The whole stack on other hosts, and the operations of the host.</summary>
public sealed class HostVariantTests
{
    [Theory]
    [InlineData("deferred", "q72", "bql")]
    [InlineData("bql", "qnew", "bql")]
    [InlineData("bql", "q72", "outside-bql")]
    [InlineData("deferred", "qnew", "outside-bql")]
    public void Lives_are_lived_on_every_host(string host, string version, string notify)
    {
        foreach (var seed in (string[])["life-rng", "life-blk", "life-scsi", "write-and-read-back", "deferred-offline", "raw-commands"])
        {
            var (verdict, _) = Play(seed, VariantCatalogue.Resolve(host: host, hostVersion: version, notify: notify));
            Assert.True(verdict.IsClean, $"{seed}: {verdict.Violation?.Message}");
        }
    }

    [Theory]
    [InlineData("deferred", "q72", "bql")]
    [InlineData("bql", "q72", "outside-bql")]
    [InlineData("deferred", "qnew", "outside-bql")]
    public void No_schedule_breaks_the_model(string host, string version, string notify)
    {
        var target = TargetPool.Of(VariantCatalogue.Resolve(host: host, hostVersion: version, notify: notify));
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("corpus", "seeds"), "*.txt").Order(StringComparer.Ordinal))
        {
            var campaign = CampaignParser.Parse(File.ReadAllText(file));
            for (ulong seed = 1; seed <= 5; seed++)
            {
                var walk = new RandomWalk(RunToCompletion.Instance);
                walk.Seed(seed);
                var explored = target.Run(campaign, walk);
                Assert.False(explored.IsModelError, $"{file} {seed}: {explored.Violation?.Message}");
            }
        }
    }

    [Fact]
    public void A_start_that_never_ends_hangs_its_caller()
    {
        Assert.True(Play("deferred-vanish", VariantCatalogue.Default).Verdict.IsClean);
        var (verdict, _) = Play("deferred-vanish", VariantCatalogue.Resolve(host: "deferred"));
        Assert.Equal(ViolationKind.Hang, verdict.Violation!.Kind);
    }

    [Fact]
    public void Recognition_that_is_held_back_times_out()
    {
        var (verdict, trace) = Play("deferred-time-outs", VariantCatalogue.Resolve(host: "deferred"));
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        Assert.Contains("csch 0.0.0000 cc=0", trace);
        Assert.DoesNotContain("READ_CONF", trace);
    }

    [Fact]
    public void A_new_host_refuses_the_driver_that_is_bound_again()
    {
        Assert.Contains("drivers_probe: 1", Play("rebind-with-new-host", VariantCatalogue.Default).Trace);
        var (verdict, trace) = Play("rebind-with-new-host", VariantCatalogue.Resolve(hostVersion: "qnew"));
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        Assert.Contains("drivers_probe: 0", trace);
    }

    [Fact]
    public void Back_end_errors_are_tried_again_or_reported()
    {
        var (_, trace) = Play("back-end-errors", VariantCatalogue.Default);
        Assert.Equal(
            ["read: 512", "read: -5", "write: -5"],
            trace.Where(t => t.StartsWith("read: ", StringComparison.Ordinal) || t.StartsWith("write: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_lost_machine_check_is_made_up_for_by_a_look()
    {
        var (verdict, trace) = Play("machine-check-lost", VariantCatalogue.Default);
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        Assert.Contains("the machine check is lost", trace);
        Assert.Equal(3, trace.Count(t => t == "mcck on cpu0")); // two plugs and the last unplug
    }

    [Fact]
    public void A_machine_check_that_was_lost_is_raised_at_the_end()
    {
        var target = TargetPool.Of();
        var verdict = target.Run(CampaignParser.Parse("plug 0 type=blk\nlose-mchk\nunplug 0\n"));
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
    }

    [Fact]
    public void A_machine_check_that_waits_is_lost()
    {
        var target = TargetPool.Traced();
        target.Run(CampaignParser.Parse("plug 0 type=blk run=1\nlose-mchk\nopen 0\n"));
        Assert.Contains(target.World.Trace.Lines, line => line.Text == "open: -19");
    }

    [Fact]
    public void Wrong_notifications_are_refused() => Assert.True(Play("kick-wrong", VariantCatalogue.Default).Verdict.IsClean);

    [Theory]
    [InlineData("reset-with-open-disk")]
    [InlineData("reset-during-online")]
    public void A_reset_machine_boots_a_new_guest(string seed)
    {
        foreach (var host in (string[])["bql", "deferred"])
        {
            var (verdict, trace) = Play(seed, VariantCatalogue.Resolve(host: host));
            Assert.True(verdict.IsClean, verdict.Violation?.Message);
            Assert.Contains("read: 512", trace);
        }
    }

    [Fact]
    public void Outside_the_big_lock_each_write_is_a_step()
    {
        const string Text = "plug 0 type=blk\nopen 0\nstall 0\nread 0 run=40\ncomplete 0 run=2\nunplug 0\n";
        var target = TargetPool.Traced(VariantCatalogue.Resolve(notify: "outside-bql"));
        Assert.True(target.Run(CampaignParser.Parse(Text)).IsClean);
        var lines = target.World.Trace.Lines.Select(line => line.Text).ToList();
        // The indicator is set before the device goes; taking the irqfd away waits for the rest.
        var unplug = lines.FindIndex(t => t.EndsWith("unplug 0", StringComparison.Ordinal));
        Assert.StartsWith("indicator at", lines[unplug - 1], StringComparison.Ordinal);
        Assert.StartsWith("indicator at", lines[unplug + 1], StringComparison.Ordinal);
        Assert.StartsWith("adapter I/O interrupt", lines[unplug + 2], StringComparison.Ordinal);
    }

    private static (Verdict Verdict, List<string> Trace) Play(string seed, Variant variant)
    {
        var target = TargetPool.Traced(variant);
        var verdict = target.Run(CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", seed + ".txt"))));
        return (verdict, [.. target.World.Trace.Lines.Select(line => line.Text)]);
    }
}
