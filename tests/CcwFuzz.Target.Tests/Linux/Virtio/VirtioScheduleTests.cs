using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>With a host that answers, no schedule breaks the drivers: what they share is their own, and nothing leaks.</summary>
[Collection("serial")]
public class VirtioScheduleTests
{
    [Theory]
    [InlineData("rng", 300)]
    [InlineData("blk", 300)]
    [InlineData("scsi", 150)]
    public void Use_and_removal_race(string device, int runs)
    {
        for (var seed = 0; seed < runs; seed++) Assert.Equal([], Race(device, (ulong)seed, lose: false));
    }

    /// <summary>Nobody answers what was lost: its waiters wait, and what needs them gone. Nobody else does.</summary>
    [Theory]
    [InlineData("blk", 150, "blk_mq_freeze_queue_wait submit_bio_wait")]
    [InlineData("scsi", 100, "blk_execute_rq blk_mq_freeze_queue_wait submit_bio_wait")]
    public void Loss_and_removal_race_without_corruption(string device, int runs, string waits)
    {
        var stuck = Enumerable.Range(0, runs).SelectMany(seed => Race(device, (ulong)seed, lose: true));
        Assert.Equal(waits, string.Join(' ', stuck.Distinct().Order(StringComparer.Ordinal)));
    }

    /// <summary>Where somebody waits for ever; if nobody does, nothing is left.</summary>
    private static IEnumerable<string> Race(string device, ulong seed, bool lose)
    {
        var walk = new RandomWalk(RunToCompletion.Instance) { Rate = 24 };
        walk.Seed(seed);
        var guest = new VirtioGuest(walk);
        var plugged = false;
        guest.StartPlug(ProbeOrderTests.Backend(device), null, _ => plugged = true);
        guest.World.Scheduler.Run((int)(seed % 97) * 20);
        for (var i = 0; i < 3; i++) guest.Spawn(() => Use(guest));
        guest.World.Scheduler.Run((int)(seed % 13) * 30);
        if (lose) guest.Transport.IsLost = true;
        guest.Settle();
        if (!plugged)
        {
            Assert.NotEmpty(guest.Stuck);
            return Functions(guest);
        }
        guest.Spawn(() => Use(guest));
        guest.Spawn(async () =>
        {
            if (lose) await guest.Virtio.BreakDevice(guest.Device);
            await guest.Virtio.UnregisterVirtioDevice(guest.Device);
        });
        guest.Settle();
        if (guest.Stuck.Count == 0) Assert.True(guest.IsClean, $"seed {seed}: {guest.Leftovers}");
        return Functions(guest);
    }

    private static IEnumerable<string> Functions(VirtioGuest guest) => guest.Stuck.Select(c => c.Site.Function);

    private static async SimTask Use(VirtioGuest guest)
    {
        if (await guest.Drivers.Nodes.Open(VirtioGuest.BusId) is not { } file) return;
        var buffer = new byte[512];
        for (var i = 0ul; i < 3; i++)
        {
            await file.Read(i, buffer, 512);
            await file.Write(i, buffer, 512);
        }
        await file.Close();
    }
}
