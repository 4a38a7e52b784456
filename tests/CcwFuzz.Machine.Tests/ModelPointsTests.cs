using CcwFuzz.Harness.Backends;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>Points of a real kernel's course, from where the model's kernel is.</summary>
public sealed class ModelPointsTests
{
    private static readonly FuzzTarget Model = new(VariantCatalogue.Resolve());

    /// <summary>The smallest campaign of the model in which a task waits for ever in ccw_io_helper.</summary>
    private static readonly Campaign Hang = CampaignParser.Parse("plug 0 run=38\nunplug 0\n");

    [Fact]
    public void The_device_goes_where_the_first_program_of_the_driver_was_started()
    {
        Assert.Equal("ccw_io_helper", Model.Run(Hang).Violation!.Access!.Function);
        var points = new ModelPoints(Model, Hang);
        Assert.True(points.Exist);
        points.Learn(Without(points.Of(0).Where(p => p.Function.StartsWith("css_", StringComparison.Ordinal)))); // QEMU's
        var all = points.Of(0).Select(p => p.ToString()).ToList();
        Assert.Contains("2=cio_start_key:return:3", all); // as on a real kernel: the first two are SENSE ID and the path's
        Assert.Contains("2=ccw_io_helper", all);
        Assert.Contains("2=virtio_ccw_online:return", all);
        Assert.Equal(all.Distinct(), all);
        Assert.False(Model.World.Trace.On);
    }

    [Fact]
    public void Runs_take_turns_among_what_the_kernel_has()
    {
        var points = new ModelPoints(Model, Hang);
        for (var i = 0; i < 10; i++) // more come into view then
            points.Learn(Without(points.Of(0).Where(p => p.Function is not ("cio_start_key" or "ccw_io_helper"))));
        string[] known = ["2=ccw_io_helper", "2=ccw_io_helper:return", "2=cio_start_key:return:3"];
        Assert.Equal(known, points.Of(0).Select(p => $"{p}"));
        var first = Enumerable.Range(0, points.Of(0).Count).Select(run => points.Of(run)[0]).ToList();
        Assert.Equal(points.Of(0), first); // each is the first once
    }

    private static Outcome Without(IEnumerable<ExactPoint> unknown) =>
        new(null, new Signs([], [], [], ""), 1, [], true) { Unknown = [.. unknown] };

    [Fact]
    public void An_operation_that_waits_until_the_guest_is_quiet_has_no_point()
    {
        Assert.False(new ModelPoints(Model, CampaignParser.Parse("plug 0\nunplug 0\n")).Exist);
        Assert.False(new ModelPoints(Model, CampaignParser.Parse("plug 0 run=20\nopen 0\n")).Exist); // the agent's, not the host's
        using var folder = new TemporaryFolder();
        var campaign = folder.Write("c.txt", "plug 0\nunplug 0\n");
        // Whether there is a kernel does not matter here: the mistake is told before.
        Cli.Run("linux", "replay", campaign, "--exact", "--at", "2=f").IsMistake("--exact");
        Cli.Run("linux", "replay", campaign, "--exact", "--pace", "2").IsMistake("--exact", "--pace");
        Cli.Run("linux", "replay", campaign, "--exact").IsMistake("--exact", "run=0");
        Cli.Run("linux", "fuzz", "--exact").IsMistake("--exact");
    }
}
