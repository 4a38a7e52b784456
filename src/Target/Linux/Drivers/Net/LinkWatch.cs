using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>Works out changes of links later, with a reference on the device meanwhile (net/core/link_watch.c).</summary>
/// <param name="net">Network devices.</param>
/// <param name="kernel">The guest.</param>
internal sealed class LinkWatch(NetCore net, GuestKernel kernel)
{
    private const long Second = 1000;
    private readonly List<Ptr<NetDevice>> events = [];
    private readonly List<Ptr<NetDevice>> batch = [];
    private DelayedWork? work;
    private long nextEvent;
    private bool isUrgent;

    /// <summary>Models linkwatch_fire_event(); callable from interrupts.</summary>
    public void FireEvent(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("linkwatch_fire_event");
        var urgent = IsUrgentEvent(dev);
        if (!dev.Read().LinkWatchPending)
        {
            dev.Write().LinkWatchPending = true;
            AddEvent(dev);
        }
        else if (!urgent)
        {
            return;
        }
        ScheduleWork(urgent);
    }

    /// <summary>Models linkwatch_forget_dev(): a device that goes waits for nobody.</summary>
    public async SimTask ForgetDevice(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("linkwatch_forget_dev");
        if (!dev.Read().IsOnLinkWatchList) return;
        dev.Write().IsOnLinkWatchList = false;
        if (!events.Remove(dev)) batch.Remove(dev);
        await DoDevice(dev);
    }

    /// <summary>Models __linkwatch_run_queue(), rtnl held.</summary>
    public async SimTask RunQueue(bool urgentOnly)
    {
        using var frame = kernel.Enter("__linkwatch_run_queue");
        if (!urgentOnly) nextEvent = kernel.Scheduler.Now + Second;
        else if (nextEvent > kernel.Scheduler.Now + Second) nextEvent = kernel.Scheduler.Now;
        isUrgent = false;
        batch.AddRange(events);
        events.Clear();
        while (batch.Count > 0)
        {
            var dev = batch[0];
            batch.RemoveAt(0);
            if (urgentOnly && !IsUrgentEvent(dev))
            {
                events.Add(dev);
                continue;
            }
            dev.Write().IsOnLinkWatchList = false;
            await DoDevice(dev);
        }
        if (events.Count > 0) ScheduleWork(urgent: false);
    }

    private static bool IsUrgentEvent(Ptr<NetDevice> dev) =>
        dev.Read() is { IsRunning: true, NoCarrier: false, IsQdiscActive: false };

    private void AddEvent(Ptr<NetDevice> dev)
    {
        if (dev.Read().IsOnLinkWatchList) return;
        dev.Write().IsOnLinkWatchList = true;
        events.Add(dev);
        NetCore.Hold(dev);
    }

    private void ScheduleWork(bool urgent)
    {
        if (isUrgent) return;
        work ??= new DelayedWork(kernel.World, "linkwatch_event", Event);
        if (urgent)
        {
            isUrgent = true;
            work.ScheduleNow();
            return;
        }
        var delay = nextEvent - kernel.Scheduler.Now;
        work.Schedule(delay > Second ? 0 : delay);
    }

    private async SimTask Event()
    {
        await net.RtnlLock();
        await RunQueue(nextEvent > kernel.Scheduler.Now);
        await net.RtnlUnlock();
    }

    /// <summary>Models linkwatch_do_dev().</summary>
    private async SimTask DoDevice(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("linkwatch_do_dev");
        dev.Write().LinkWatchPending = false;
        await kernel.Point;
        if (dev.Read().IsUp)
        {
            if (dev.Read().NoCarrier) await net.Deactivate(dev);
            else net.Activate(dev);
        }
        net.Put(dev);
    }
}
