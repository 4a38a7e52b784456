using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Golden;

/// <summary>A balloon's life as the sources of Linux and QEMU have it, in the form of the recordings.</summary>
public sealed class BalloonLifeTests
{
    private const string Reports = "[queueing crw: rsc=0x3, erc=0x4, rsid=0x0 (chained)] [queueing crw: rsc=0x3, erc=0x4, rsid=0x0]";
    private const string Assign = "[assign fe.0.0000 (devno 0x1234)]";
    private const string Deassign = "[deassign fe.0.0000 (devno 0x1234)]";
    private const string Recognition = "MSCH STSCH SSCH[generic] STSCHx2 MSCH STSCHx2 CHSC0x0004 STSCHx2";
    private const string Enabling =
        "MSCH STSCH SSCH[generic] STSCH SET_VIRTIO_REV VDEV_RESET <status 0> READ_STATUS WRITE_STATUS <status 1>";
    private const string Disabling = "STSCHx3 MSCH STSCH";

    // virtballoon_validate() gives up features, which are therefore written twice; nothing is read from the configuration
    // until the device is ready, when towards_target() reads num_pages.
    private const string Probe =
        "READ_STATUS WRITE_STATUS <status 3> READ_FEATx2 WRITE_FEATx4 READ_STATUS WRITE_STATUS <status 11> READ_STATUS "
        + "READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ SET_IND_ADAPTER SET_CONF_IND "
        + "READ_STATUS WRITE_STATUS <status 15> READ_CONF READ_STATUS";

    // update_balloon_size() writes actual; what comes before it in the configuration is known.
    private const string Remove =
        "WRITE_CONF VDEV_RESET <status 0> SET_IND_ADAPTER SET_VQx3 READ_STATUSx2 WRITE_STATUS <status 1>";

    private static readonly string[] Life =
    [
        $"{Assign} [add chpid fe.00 (type 0x32)] {Reports} <status 0> STSCH CHSC0x0004 CHSC0x0002x2 STSCH MSCH STSCHx4 {Recognition} "
            + $"{Enabling} {Probe}",
        $"{Remove} {Disabling}",
        $"STSCHx2 {Enabling} {Probe}",
        "",
        Remove,
        Probe,
        $"{Reports} {Deassign} STSCHx5",
        $"{Assign} {Reports} <status 0> STSCHx4 {Recognition} {Enabling} {Probe}",
        $"{Remove} {Disabling}",
        $"{Reports} {Deassign} STSCHx4",
    ];

    [Fact]
    public void Every_phase_is_as_the_sources_have_it()
    {
        var played = Play("life-balloon");
        var summary = string.Concat(Life.Select(phase => $"###\n    {phase}\n"));
        var expected = RecordedSequence.FromSummary(summary);
        Assert.Equal(Life.Length + 2, played.Count); // the boot comes first, and the rest last
        for (var i = 1; i <= Life.Length; i++) Assert.Equal(expected[i], played[i]);
    }

    [Fact]
    public void Inflating_reads_the_target_and_writes_the_size_once_a_round()
    {
        var played = Play("balloon-inflate-deflate");
        Assert.Equal(Words("READ_CONF WRITE_CONF READ_CONF WRITE_CONF"), played[2]); // 256 pages, then 44
        Assert.Empty(played[3]);
        Assert.Equal(Words("READ_CONF WRITE_CONF READ_CONF WRITE_CONF"), played[4]);
        Assert.Equal(Words("WRITE_CONF VDEV_RESET"), played[5][..2]);
        Assert.Equal(2, played[6].Count(word => word == "READ_CONF")); // the probe's, and the work's: it is inflated again
        Assert.Single(played[6], "WRITE_CONF");
        Assert.Equal(Words("READ_CONF WRITE_CONF"), played[8]);
    }

    private static string[] Words(string text) => text.Split(' ');

    private static List<List<string>> Play(string seed)
    {
        var target = TargetPool.Traced();
        var campaign = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", seed + ".txt")));
        var verdict = target.Run(campaign);
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        return RecordedSequence.FromTrace(target.World.Trace.Lines);
    }
}
