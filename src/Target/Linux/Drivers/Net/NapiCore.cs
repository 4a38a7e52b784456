using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>Polling of network devices in softirqs (NAPI, net/core/dev.c), without GRO, busy polling and threads.</summary>
/// <remarks>What is scheduled is one pending softirq with the address of the poller: nobody holds a reference on it.</remarks>
/// <param name="kernel">The guest.</param>
internal sealed class NapiCore(GuestKernel kernel)
{
    /// <summary>NAPI_POLL_WEIGHT.</summary>
    public const int PollWeight = 64;

    private readonly WaitQueue idle = new(kernel.World, "for NAPI to end");

    /// <summary>Models netif_napi_add_weight() within its caller: it starts disabled.</summary>
    public void Add(Ptr<NapiStruct> napi, Func<Ptr<NapiStruct>, int, SimTask<int>> poll, int weight)
    {
        var target = napi.Write();
        (target.Poll, target.Weight) = (poll, weight);
        target.State = NapiState.Sched | NapiState.NpSvc;
    }

    /// <summary>Models napi_schedule_prep() within its caller.</summary>
    /// <returns>Whether the caller is to call <see cref="Schedule"/>.</returns>
    public bool SchedulePrep(Ptr<NapiStruct> napi)
    {
        var target = napi.Write();
        if ((target.State & NapiState.Disable) != 0) return false;
        var was = target.State;
        target.State |= (was & NapiState.Sched) != 0 ? NapiState.Missed : NapiState.Sched;
        return (was & NapiState.Sched) == 0;
    }

    /// <summary>Models __napi_schedule().</summary>
    public void Schedule(Ptr<NapiStruct> napi)
    {
        using var frame = kernel.Enter("__napi_schedule");
        kernel.Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Net, Key = napi.Address });
    }

    /// <summary>Models napi_complete_done(): polling ends, unless it was to be scheduled once more meanwhile.</summary>
    /// <returns>Whether it ended.</returns>
    public bool CompleteDone(Ptr<NapiStruct> napi)
    {
        using var frame = kernel.Enter("napi_complete_done");
        var target = napi.Write();
        if ((target.State & NapiState.NpSvc) != 0) return false;
        var missed = (target.State & NapiState.Missed) != 0;
        target.State &= ~(NapiState.Missed | NapiState.Sched);
        if (!missed)
        {
            idle.WakeUp();
            return true;
        }
        target.State |= NapiState.Sched;
        Schedule(napi);
        return false;
    }

    /// <summary>Models napi_disable(): waits until polling ended, and keeps it from being scheduled.</summary>
    /// <remarks>The kernel looks again every 20 to 200 microseconds; here the end wakes the waiter.</remarks>
    public async SimTask Disable(Ptr<NapiStruct> napi)
    {
        using var frame = kernel.Enter("napi_disable");
        napi.Write().State |= NapiState.Disable;
        await kernel.Point;
        while (true)
        {
            var ticket = idle.Prepare();
            if ((napi.Read().State & (NapiState.Sched | NapiState.NpSvc)) == 0) break;
            await idle.Sleep(ticket);
        }
        napi.Write().State |= NapiState.Sched | NapiState.NpSvc;
        napi.Write().State &= ~NapiState.Disable;
    }

    /// <summary>Models napi_enable().</summary>
    public void Enable(Ptr<NapiStruct> napi)
    {
        using var frame = kernel.Enter("napi_enable");
        var target = napi.Write();
        kernel.World.Assert((target.State & NapiState.Sched) != 0, "BUG_ON in napi_enable: it is enabled already");
        target.State &= ~(NapiState.Sched | NapiState.NpSvc);
        idle.WakeUp();
    }

    /// <summary>Models net_rx_action() with napi_poll() of one poller.</summary>
    public async SimTask NetRxAction(Ptr<NapiStruct> napi)
    {
        using var frame = kernel.Enter("net_rx_action");
        if ((napi.Read().State & NapiState.Sched) == 0) return;
        var weight = napi.Read().Weight;
        if (await napi.Read().Poll(napi, weight) < weight) return;
        // The whole weight was used up: there may be more.
        if ((napi.Read().State & NapiState.Disable) != 0) CompleteDone(napi);
        else Schedule(napi);
    }
}
