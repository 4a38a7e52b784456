using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Golden;

/// <summary>A crypto device's life as the sources of Linux and QEMU have it, in the form of the recordings.</summary>
public sealed class CryptoLifeTests
{
    private const string Reports = "[queueing crw: rsc=0x3, erc=0x4, rsid=0x0 (chained)] [queueing crw: rsc=0x3, erc=0x4, rsid=0x0]";
    private const string Assign = "[assign fe.0.0000 (devno 0x1234)]";
    private const string Deassign = "[deassign fe.0.0000 (devno 0x1234)]";
    private const string Recognition = "MSCH STSCH SSCH[generic] STSCHx2 MSCH STSCHx2 CHSC0x0004 STSCHx2";
    private const string Enabling =
        "MSCH STSCH SSCH[generic] STSCH SET_VIRTIO_REV VDEV_RESET <status 0> READ_STATUS WRITE_STATUS <status 1>";
    private const string Disabling = "STSCHx3 MSCH STSCH";

    // virtcrypto_probe() reads twelve fields, the last of them because the host has RSA, and the host's status when the device
    // is ready. The self-test of the first device needs no channel program.
    private const string Probe =
        "READ_STATUS WRITE_STATUS <status 3> READ_FEATx2 WRITE_FEATx2 READ_STATUS WRITE_STATUS <status 11> READ_STATUS "
        + "READ_CONFx12 READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ SET_IND_ADAPTER SET_CONF_IND "
        + "READ_STATUS WRITE_STATUS <status 15> READ_CONF READ_STATUS";

    private const string Remove = "VDEV_RESET <status 0> SET_IND_ADAPTER SET_VQx2 READ_STATUSx2 WRITE_STATUS <status 1>";

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
        var target = TargetPool.Traced();
        var verdict = target.Run(CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", "life-crypto.txt"))));
        Assert.Null(verdict.Title);
        var played = RecordedSequence.FromTrace(target.World.Trace.Lines);
        var expected = RecordedSequence.FromSummary(string.Concat(Life.Select(phase => $"###\n    {phase}\n")));
        Assert.Equal(Life.Length + 2, played.Count); // the boot comes first, and the rest last
        for (var i = 1; i <= Life.Length; i++) Assert.Equal(expected[i], played[i]);
    }
}
