using CcwFuzz.Harness.Minimization;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>What of a campaign did nothing is said by replay, marked by show, and dropped by minimization.</summary>
public sealed class WithoutEffectTests : IDisposable
{
    private const string Text = "plug 0 type=scsi\n  fail alloc=200\n  switch at=60000\nclose 0\nunplug 0\n  switch at=60001\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Replay_lists_what_did_nothing()
    {
        var run = Cli.Run("replay", folder.Write("a.txt", Text));
        var lines = run.Output.Split('\n').Where(l => l.StartsWith("no effect ", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, lines.Count);
        Assert.Equal("no effect  operation 1: close 0 (nothing is open)", lines[2]);
        var json = Cli.Run("replay", folder["a.txt"], "--json").Json["withoutEffect"]!.AsArray();
        Assert.Equal(["fault", "deviation", "operation", "deviation"], json.Select(p => (string?)p!["kind"]));
        Assert.Equal([0, 0, 1, 2], json.Select(p => (int)p!["operation"]!));
    }

    [Fact]
    public void Replay_lists_nothing_where_everything_did_something() =>
        Assert.Empty(Cli.Run("replay", folder.Write("a.txt", "plug 0\nunplug 0\n"), "--json").Json["withoutEffect"]!.AsArray());

    [Fact]
    public void Show_marks_the_lines_and_its_text_is_still_the_campaign()
    {
        var shown = Cli.Run("show", folder.Write("a.txt", Text)).Output;
        var marked = shown.Split('\n').Select(l => l.Contains("# no effect: ", StringComparison.Ordinal));
        Assert.Equal([false, true, true, true, false, true, false], marked);
        Assert.Equal(CampaignParser.Parse(Text), CampaignParser.Parse(shown));
    }

    [Fact]
    public void Minimization_drops_all_idle_operations_in_one_step()
    {
        var text = "plug 0 type=scsi\nopen 0\n" + string.Concat(Enumerable.Repeat("close 1\nclose 2\n", 10)) + "unplug 0\n";
        var target = ToyStack.NewTarget(VariantCatalogue.Resolve("unpinned"));
        var campaign = CampaignParser.Parse(text);
        var key = target.Run(campaign).Key!;
        var result = new Minimizer(target).Minimize(campaign, key, new MinimizationOptions());
        Assert.Equal("plug 0 type=scsi\nopen 0\nunplug 0\n", CampaignText.Write(result.Campaign));
        var pass = result.Passes.Single(p => p.Pass == "drop-idle");
        Assert.Equal((1, 20), (pass.Executions, pass.Removed));
    }
}
