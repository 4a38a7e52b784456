using Xunit;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>
/// The order in which drivers access their devices is the recorded one (Golden/*.summary.txt), for a balloon and a keyboard that of the
/// sources.
/// </summary>
[Collection("serial")]
public class ProbeOrderTests
{
    private const string Negotiation = "READ_STATUS WRITE_STATUS <status 3> READ_FEATx2 WRITE_FEATx2 "
        + "READ_STATUS WRITE_STATUS <status 11> READ_STATUS ";

    private const string Registration = "VDEV_RESET <status 0> READ_STATUS WRITE_STATUS <status 1> ";

    public static TheoryData<string, string, string> Recorded => new()
    {
        {
            "rng",
            "READ_VQ_CONF SET_VQ SET_IND_ADAPTER SET_CONF_IND READ_STATUS WRITE_STATUS <status 15> READ_STATUS",
            "VDEV_RESET <status 0> SET_IND_ADAPTER SET_VQ READ_STATUSx2 WRITE_STATUS <status 1>"
        },
        {
            "blk",
            "READ_CONF READ_VQ_CONF SET_VQ SET_IND_ADAPTER SET_CONF_IND READ_CONFx11 READ_STATUS WRITE_STATUS <status 15> "
                + "READ_CONFx3 READ_STATUS",
            "VDEV_RESET <status 0> SET_IND_ADAPTER SET_VQ READ_STATUSx2 WRITE_STATUS <status 1>"
        },
        {
            "scsi",
            "READ_CONFx3 READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ SET_IND_ADAPTER SET_CONF_IND WRITE_CONFx2 "
                + "READ_CONFx3 READ_STATUS WRITE_STATUS <status 15> READ_STATUS",
            "VDEV_RESET <status 0> SET_IND_ADAPTER SET_VQx3 READ_STATUSx2 WRITE_STATUS <status 1>"
        },
        {
            "balloon",
            "READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ SET_IND_ADAPTER SET_CONF_IND READ_STATUS WRITE_STATUS "
                + "<status 15> READ_CONF READ_STATUS",
            "WRITE_CONF VDEV_RESET <status 0> SET_IND_ADAPTER SET_VQx3 READ_STATUSx2 WRITE_STATUS <status 1>"
        },
        {
            // Each piece is chosen by two writes; then its size is read, and each byte of it by itself, ids two bytes at once.
            "input",
            "READ_VQ_CONF SET_VQ READ_VQ_CONF SET_VQ SET_IND_ADAPTER SET_CONF_IND "
                + "WRITE_CONFx2 READ_CONFx5 WRITE_CONFx2 READ_CONF WRITE_CONFx2 READ_CONFx5 " // name, serial number, ids
                + "WRITE_CONFx2 READ_CONF WRITE_CONFx2 READ_CONF WRITE_CONFx2 READ_CONFx3 " // properties, repeated keys, keys
                + "WRITE_CONFx2 READ_CONF WRITE_CONFx2 READ_CONF WRITE_CONFx2 READ_CONF WRITE_CONFx2 READ_CONF "
                + "WRITE_CONFx2 READ_CONFx2 WRITE_CONFx2 READ_CONF READ_STATUS WRITE_STATUS <status 15> READ_STATUS", // lights, sounds
            "VDEV_RESET <status 0> SET_IND_ADAPTER SET_VQx2 READ_STATUSx2 WRITE_STATUS <status 1>"
        },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Accesses_are_in_the_recorded_order(string device, string probe, string unbind)
    {
        var guest = new VirtioGuest();
        // A balloon's driver gives up features after they were accepted, so that they are written twice.
        var negotiation = device == "balloon" ? Negotiation.Replace("FEATx2 READ", "FEATx4 READ", StringComparison.Ordinal) : Negotiation;
        Assert.Equal(0, guest.Plug(Backend(device)));
        Assert.Equal(Registration + negotiation + probe, Take(guest));
        guest.Unbind();
        Assert.Equal(unbind, Take(guest));
        guest.Bind();
        Assert.Equal(negotiation + probe, Take(guest));
        guest.Unplug();
        Assert.Equal(unbind, Take(guest));
        Assert.True(guest.Raw.WasReleased);
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Empty(guest.Stuck);
    }

    [Theory]
    [InlineData("rng")]
    [InlineData("blk")]
    [InlineData("scsi")]
    [InlineData("balloon")]
    [InlineData("input")]
    public void Nothing_is_issued_to_a_device_that_is_lost(string device)
    {
        var guest = new VirtioGuest();
        guest.Plug(Backend(device));
        guest.Lose();
        guest.Transport.Log.Clear();
        guest.Unplug();
        Assert.Empty(guest.Transport.Log);
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Empty(guest.Stuck);
    }

    [Theory]
    [InlineData("rng")]
    [InlineData("blk")]
    [InlineData("scsi")]
    [InlineData("balloon")]
    [InlineData("input")]
    public void A_probe_without_queues_fails_and_leaves_nothing(string device)
    {
        var guest = new VirtioGuest();
        guest.Plug(Backend(device), t => t.FindVqsResult = -Errno.EIO);
        Assert.Null(guest.Device.Read().Driver);
        Assert.Equal(0x8b, guest.Transport.Status & 0x8b | (device == "scsi" ? 0x0b : 0));
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Theory]
    [InlineData("rng")]
    [InlineData("blk")]
    [InlineData("scsi")]
    [InlineData("balloon")]
    [InlineData("input")]
    public void Every_allocation_may_fail(string device)
    {
        foreach (var kind in new[] { Target.Linux.Kernel.AllocationKind.Heap, Target.Linux.Kernel.AllocationKind.Pages })
            for (var nth = 1; nth < 40; nth++)
            {
                var guest = new VirtioGuest();
                guest.Kernel.Faults.Arm(kind, nth);
                guest.Plug(Backend(device));
                guest.Kernel.Faults.Reset();
                guest.Unplug();
                guest.Settle();
                Assert.True(guest.IsClean, $"{kind} {nth}: {guest.Leftovers}");
                Assert.True(guest.Stuck.Count == 0, $"{kind} {nth}: {string.Join(", ", guest.Stuck)}");
            }
    }

    internal static FakeBackend Backend(string device) => device switch
    {
        "rng" => new FakeRng(),
        "blk" => new FakeBlk(),
        "balloon" => new FakeBalloon(),
        "input" => new FakeInput(),
        _ => new FakeScsi(),
    };

    /// <summary>The log since the last call, repetitions condensed as in the summaries.</summary>
    private static string Take(VirtioGuest guest)
    {
        var words = new List<string>();
        var log = guest.Transport.Log;
        for (var i = 0; i < log.Count;)
        {
            var end = i;
            while (end < log.Count && log[end] == log[i]) end++;
            words.Add(end - i > 1 ? $"{log[i]}x{end - i}" : log[i]);
            i = end;
        }
        log.Clear();
        return string.Join(' ', words);
    }
}
