using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Target.Tests.Channel;
using CcwFuzz.Target.Tests.Hypervisor;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Campaigns;

/// <summary>Raw channel programs: what the channel subsystem answers is what the tables say, and Linux is not concerned.</summary>
public class RawProgramTests
{
    private static readonly string[] Preludes =
    [
        "", "raw 0 cmd=set-rev", "raw 0 cmd=set-rev\nraw 0 cmd=set-ind", "raw 0 cmd=set-ind-adapter", "raw 0 cmd=set-conf-ind",
        "raw 0 cmd=set-rev\nraw 0 cmd=set-vq\nraw 0 cmd=write-status",
    ];

    [Theory]
    [InlineData("bql", "q72", "rng")]
    [InlineData("bql", "q72", "blk")]
    [InlineData("bql", "qnew", "scsi")]
    [InlineData("deferred", "q72", "scsi")]
    [InlineData("deferred", "qnew", "blk")]
    public void Every_command_in_every_form_ends_as_the_tables_say(string host, string version, string type)
    {
        var target = TargetPool.Of(VariantCatalogue.Resolve(host: host, hostVersion: version));
        foreach (var prelude in Preludes)
            foreach (var command in RawNames.Commands)
            {
                var forms = RawNames.Forms.Where(f => f != "loop").Select(f => $"raw 0 cmd={command} how={f}");
                var text = $"cio-ignore 0\nplug 0 type={type}\n{prelude}\n{string.Join('\n', forms)}\n";
                var verdict = target.Run(CampaignParser.Parse(text));
                Assert.True(verdict.IsClean, $"after '{prelude}': {verdict.Violation?.Message}");
            }
    }

    [Fact]
    public void A_subclass_that_does_not_exist_may_be_refused_whatever_is_registered()
    {
        const string Text = "cio-ignore 0\nplug 0\nraw 0 cmd=set-ind-adapter\nraw 0 cmd=set-ind-adapter how=wrong\n";
        Assert.NotEmpty(Defects.Host);
        foreach (var defect in Defects.Host)
        {
            var verdict = TargetPool.Of(VariantCatalogue.Resolve("hardened", defects: [defect.Id])).Run(CampaignParser.Parse(Text));
            Assert.True(verdict.Violation?.Kind is null or ViolationKind.HostAssert, $"{defect.Id}: {verdict.Title}");
        }
    }

    [Theory]
    [InlineData("mainline")]
    [InlineData("hardened")]
    public void Unsolicited_status_may_be_there_when_the_status_of_a_function_was_collected(string variant)
    {
        const string Text = """
            cio-ignore 0
            plug 0
            stall 0 what=functions
            raw 0 cmd=read-conf how=cancel-late run=4
            interrupt 0 run=1
            complete 0 what=functions
            """;
        var verdict = TargetPool.Of(VariantCatalogue.Resolve(variant, "deferred")).Run(CampaignParser.Parse(Text));
        Assert.True(verdict.IsClean, verdict.Title);
    }

    [Theory]
    [InlineData("bql")]
    [InlineData("deferred")]
    public void A_program_that_loops_holds_the_host(string host)
    {
        var verdict = Run(host, "cio-ignore 0\nplug 0\nraw 0 cmd=noop how=loop\n");
        Assert.Equal(ViolationKind.HostAssert, verdict.Violation!.Kind);
        Assert.Equal("sch_handle_start_func_virtual", verdict.Violation.Access!.Function);
    }

    [Theory]
    [InlineData("q72", false)]
    [InlineData("qnew", true)]
    public void An_interruption_subclass_that_is_none_is_met_by_the_notification(string version, bool isClean)
    {
        const string Text =
            "cio-ignore 0\nplug 0 type=blk\nraw 0 cmd=set-rev\nraw 0 cmd=set-ind-adapter how=wrong\nraw 0 cmd=set-conf-ind\n";
        var verdict = TargetPool.Of(VariantCatalogue.Resolve(hostVersion: version)).Run(CampaignParser.Parse(Text));
        Assert.True(verdict.IsClean); // setting it is harmless
        var device = Unlimited(version);
        if (isClean) Assert.Null(device);
        else Assert.Equal(ViolationKind.HostAssert, device!.Kind);
    }

    [Theory]
    [InlineData("bql")]
    [InlineData("deferred")]
    public void Linux_takes_the_device_over_in_any_state(string host)
    {
        var lines = TargetPool.Traced(VariantCatalogue.Resolve(host: host));
        var verdict = lines.Run(CampaignParser.Parse(
            "cio-ignore 0\nplug 0 type=blk\nraw 0 cmd=set-rev\nraw 0 cmd=set-vq\nraw 0 cmd=set-ind\nraw 0 cmd=set-conf-ind\n"
            + "raw 0 cmd=write-status\nconfig-change 0\ncio-ignore 0 do=free\nopen 0\nwrite 0\nread 0\nclose 0\nunplug 0\n"));
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        Assert.Contains(lines.World.Trace.Lines, line => line.Text == "read: 512");
    }

    [Fact]
    public void Nothing_is_submitted_to_a_device_that_Linux_has()
    {
        var target = TargetPool.Traced();
        target.Run(CampaignParser.Parse("plug 0\ncio-ignore 0\nraw 0 cmd=vdev-reset\n"));
        Assert.DoesNotContain(target.World.Trace.Lines, line => line.Context == "raw" && line.Text == "VDEV_RESET");
        target.Run(CampaignParser.Parse("cio-ignore 0\nplug 0\nraw 0 cmd=vdev-reset\n"));
        Assert.Contains(target.World.Trace.Lines, line => line.Context == "raw" && line.Text == "VDEV_RESET");
    }

    [Fact]
    public void A_difference_is_an_error_of_the_model()
    {
        var state = new RawState { Revision = -1, ConfigLength = 57, QueueSize = 256, QueueMax = 256 };
        // The tables, read by hand.
        Assert.Equal((0x20, 0), Answer(RawCommand.SetVq, RawForm.Wrong, state));
        Assert.Equal((0x0c00, 8), Answer(RawCommand.SetInd, RawForm.LongSli, state));
        Assert.Equal((0x0200, 0), Answer(RawCommand.SetInd, RawForm.Right, state with { IsThinint = true }));
        Assert.Equal((0x0200, 0), Answer(RawCommand.SetRev, RawForm.Right, state with { Revision = 2 }));
        Assert.Equal((0x20, 0), Answer(RawCommand.ReadConf, RawForm.NoRam, state with { Residual = 5 }));
        Assert.Equal((0x0c00, 5), Answer(RawCommand.ReadConf, RawForm.Right, state with { Residual = 5 }));
        Assert.Equal((0x0c00, 0), Answer(RawCommand.ReadConf, RawForm.Right, state with { Residual = 5, Version = HostVersion.Qnew }));
        Assert.Equal((0x0c00, 0), Answer(RawCommand.ReadStatus, RawForm.NoRam, state));
        Assert.Equal(3, RawOracle.Expect(RawCommand.Noop, RawForm.NoPath, in state).DeferredCc);
        Assert.Equal(InstructionResult.OperandException, RawOracle.Expect(RawCommand.Noop, RawForm.BadOrb, in state).Start);
    }

    private static (int Status, int Count) Answer(RawCommand command, RawForm form, RawState state)
    {
        var expected = RawOracle.Expect(command, form, in state);
        return (((int)expected.DeviceStatus << 8) | (int)expected.SubchannelStatus, expected.Count);
    }

    /// <summary>A driver by hand registers subclass 9 and lets the device use a buffer.</summary>
    private static Violation? Unlimited(string version)
    {
        var bench = new Bench();
        bench.Host.Version = version == "qnew" ? HostVersion.Qnew : HostVersion.Q72;
        var device = bench.Plug(DeviceType.Rng);
        var ring = new GuestRing(bench, device.Id, 0, 8);
        GuestRing.Negotiate(bench, device.Id, 0);
        ring.SetUp();
        bench.Memory.Write64(Bench.Payload, 0x7000);
        bench.Memory.Write64(Bench.Payload + 8, 0x7008);
        bench.Memory.Write64(Bench.Payload + 16, 0);
        bench.Memory.Write8(Bench.Payload + 24, 9);
        bench.Run(device.Id, VirtioCcwCommand.SetIndAdapter, 25);
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
        ring.Add(Piece.In(bench.Memory.Allocate(16, "buffer", 8), 16));
        try
        {
            ring.Kick();
            return null;
        }
        catch (ViolationException found)
        {
            return found.Violation;
        }
    }

    private static Verdict Run(string host, string text) =>
        TargetPool.Of(VariantCatalogue.Resolve(host: host)).Run(CampaignParser.Parse(text));
}
