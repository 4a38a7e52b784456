using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Drivers.Balloon;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>virtio-balloon's driver.</summary>
[Collection("serial")]
public class BalloonTests
{
    private readonly VirtioGuest guest = new();
    private readonly FakeBalloon balloon = new();

    private int PagesHeld => guest.Kernel.Heap.Live.Count(o => o is Page);

    [Fact]
    public void It_grows_and_shrinks_an_array_at_a_time()
    {
        guest.Plug(balloon);
        Resize(600);
        Assert.Equal(600, PagesHeld);
        Assert.Equal(600u, balloon.Actual);
        Assert.Equal(Enumerable.Range((int)PageFrames.First, 600), balloon.Inflated.Select(p => (int)p).Order());
        Assert.Equal(3, guest.Transport.Queues[0].UsedIdx);
        Resize(300);
        Assert.Equal((300, 300u), (PagesHeld, balloon.Actual));
        Assert.Equal(2, guest.Transport.Queues[1].UsedIdx);
        // The newest of those that are left go first.
        Assert.Equal(300, balloon.Deflated.Distinct().Count());
        guest.Unplug();
        Assert.Equal((600, 0u), (balloon.Deflated.Count, balloon.Actual));
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Empty(guest.Stuck);
    }

    [Fact]
    public void A_target_from_before_is_met_from_the_start()
    {
        balloon.SetTarget(3);
        guest.Plug(balloon);
        Assert.Equal((3, 3u), (PagesHeld, balloon.Actual));
        guest.Unbind();
        Assert.Equal(0, PagesHeld);
        guest.Bind();
        Assert.Equal(3, PagesHeld);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Pages_stay_with_the_guest_until_the_host_knows_better()
    {
        guest.Plug(balloon);
        Resize(4);
        guest.Transport.Stalls = true;
        Resize(1);
        Assert.Equal(4, PagesHeld);
        Assert.Equal("tell_host", Assert.Single(guest.Stuck).Site.Function);
        guest.Transport.Resume();
        guest.Settle();
        Assert.Equal((1, 1u), (PagesHeld, balloon.Actual));
        Assert.Empty(guest.Stuck);
    }

    [Fact]
    public void Without_memory_it_takes_a_rest()
    {
        guest.Plug(balloon);
        guest.Kernel.Faults.Arm(AllocationKind.Pages, 3);
        Change(5);
        guest.World.Scheduler.Run();
        Assert.Empty(balloon.Inflated);
        Assert.True(guest.World.Scheduler.AdvanceToNextTimer());
        Assert.Equal(200, guest.World.Scheduler.Now);
        guest.World.Scheduler.Run();
        Assert.Equal(5, balloon.Inflated.Count);
        Assert.Equal(2, guest.Transport.Queues[0].UsedIdx);
    }

    [Fact]
    public void Statistics_wait_at_the_host_and_are_filled_anew_when_it_asks()
    {
        guest.Plug(balloon);
        Resize(7);
        guest.Transport.Resume(); // the first ones were queued before the device was ready
        Assert.Equal(Enumerable.Range(0, 10), balloon.Stats.Keys.Order());
        Assert.Equal(0u, balloon.Stats[4]);
        guest.Transport.GiveHeld(2, []);
        guest.World.Scheduler.Run();
        Assert.Equal(7u, balloon.Stats[4]);
        Assert.Single(guest.Transport.Queues[2].Held);
    }

    [Fact]
    public void A_queue_without_a_name_takes_no_number()
    {
        guest.Plug(new FakeBalloon { HasStats = false });
        Assert.Equal([0u, 1u], guest.Transport.Queues.Select(q => q.Vq.Read().Index));
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void An_inflated_balloon_that_is_lost_hangs()
    {
        guest.Plug(balloon);
        Resize(2);
        guest.Lose();
        guest.Unplug();
        guest.Settle();
        Assert.Equal("tell_host", Assert.Single(guest.Stuck).Site.Function);
        Assert.False(guest.Raw.WasReleased);
    }

    [Fact]
    public void Remove_waits_for_work_that_waits_for_the_host()
    {
        guest.Plug(balloon);
        guest.Transport.Stalls = true;
        Resize(300);
        guest.Spawn(async () => await guest.Virtio.UnregisterVirtioDevice(guest.Device));
        guest.Settle();
        Assert.Equal(2, guest.Stuck.Count);
        guest.Transport.Resume();
        guest.Settle();
        // The work did not get to queue itself for the other 44 pages.
        Assert.Equal((256, 256), (balloon.Inflated.Count, balloon.Deflated.Count));
        Assert.Empty(guest.Stuck);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_change_after_remove_began_starts_nothing()
    {
        guest.Plug(balloon);
        var vb = guest.Raw.Private.As<VirtioBalloon>();
        vb.Write().StopUpdate = true;
        Resize(2);
        Assert.Equal(0, PagesHeld);
        vb.Write().StopUpdate = false;
        Resize(2);
        Assert.Equal(2, PagesHeld);
    }

    private void Resize(uint pages)
    {
        Change(pages);
        guest.Settle();
    }

    private void Change(uint pages)
    {
        balloon.SetTarget(pages);
        guest.Spawn(async () => await guest.Virtio.ConfigChanged(guest.Device));
    }
}
