using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>The channel subsystem driver: finding, evaluating and unregistering subchannels (css.c).</summary>
internal sealed partial class Css
{
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;
    private readonly IdSet slowSubchannels = new();
    private readonly Dictionary<SubchannelId, string> unregisteredBy = [];
    private readonly WorkItem slowPathWork;
    private readonly Simulation.Timer slowPathDelay;
    private readonly WaitQueue evalWaitQueue;
    private const int ReprobeDelay = 1000;
    private bool evalScheduled;

    public Css(CioSubsystem cio)
    {
        this.cio = cio;
        k = cio.Kernel;
        slowPathWork = new WorkItem("css_slow_path_func", SlowPath);
        slowPathDelay = new Simulation.Timer(k.Scheduler, "delayed_work_timer_fn", DelayPassed);
        evalWaitQueue = new WaitQueue(k.World, "for subchannels to be evaluated (css_eval_wq)");
    }

    /// <summary>Whether subchannels are to be evaluated (css_eval_scheduled).</summary>
    public bool IsEvaluating => evalScheduled;

    /// <summary>The function that unregistered the subchannel with an id last; null if none did.</summary>
    public string? UnregisteredBy(SubchannelId id) => unregisteredBy.GetValueOrDefault(id);

    /// <summary>Models css_schedule_eval().</summary>
    public void ScheduleEval(SubchannelId id)
    {
        using var frame = k.Enter("css_schedule_eval");
        slowSubchannels.Add(id);
        evalScheduled = true;
        QueueSlowPath(0);
    }

    /// <summary>Models css_schedule_eval_all().</summary>
    public void ScheduleEvalAll()
    {
        using var frame = k.Enter("css_schedule_eval_all");
        slowSubchannels.Fill();
        evalScheduled = true;
        QueueSlowPath(0);
    }

    /// <summary>Models css_schedule_eval_cond() with CSS_EVAL_NOT_ONLINE: all but the subchannels that are enabled.</summary>
    public void ScheduleEvalNotOnline()
    {
        using var frame = k.Enter("css_schedule_eval_cond");
        var set = new IdSet();
        set.Fill();
        foreach (var device in cio.Bus.Devices)
        {
            var sch = device.As<Subchannel>().Read();
            if (sch.Config.Ena) set.Remove(sch.Id);
        }
        ScheduleEvalSet(set, 0);
    }

    /// <summary>Models css_schedule_reprobe(): all that are not registered, a second later.</summary>
    public void ScheduleReprobe()
    {
        using var frame = k.Enter("css_schedule_reprobe");
        var set = new IdSet();
        set.Fill();
        foreach (var device in cio.Bus.Devices) set.Remove(device.As<Subchannel>().Read().Id);
        ScheduleEvalSet(set, ReprobeDelay);
    }

    /// <summary>
    /// Models for_each_subchannel_staged() over known subchannels, within its caller: each while it is on the bus, with a reference.
    /// </summary>
    public async SimTask ForEachKnown(Func<Ptr<Subchannel>, SimTask> function)
    {
        foreach (var device in cio.Bus.Devices.ToArray())
        {
            if (!cio.Bus.Devices.Contains(device)) continue;
            k.Core.Get(device);
            await function(device.As<Subchannel>());
            await k.Core.Put(device);
        }
    }

    /// <summary>Models css_update_ssd_info(): which channel paths lead to the device.</summary>
    public void UpdateSsdInfo(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("css_update_ssd_info");
        var pmcw = sch.Read().Schib.Pmcw;
        // The host has no store-subchannel-description command: the PMCW says it.
        k.World.Assert(!k.Channel.StoreSubchannelDescription(sch.Read().Id), "the host describes subchannels");
        sch.Write().Ssd = new SsdInfo(pmcw.Pim, pmcw.Chpids);
        for (var path = 0; path < SsdInfo.Paths; path++)
            if ((pmcw.Pim & (0x80 >> path)) != 0) cio.ChannelPaths.Register(pmcw.Chpid(path));
    }

    /// <summary>Models css_process_crw() for an overflow: everything may have changed.</summary>
    public async SimTask ProcessCrwOverflow()
    {
        using var frame = k.Enter("css_process_crw");
        if (k.Variant.Has(Remedies.LookAtOnce)) await ForEachKnown(LookAtOnce);
        ScheduleEvalAll();
    }

    /// <summary>Models css_process_crw(): evaluates the subchannel reported, fast first.</summary>
    public async SimTask ProcessCrw(Crw first, Crw second, bool chained)
    {
        using var frame = k.Enter("css_process_crw");
        var ssid = chained ? (byte)((second.SourceId >> 4) & 3) : (byte)0;
        var id = new SubchannelId(0, ssid, first.SourceId);
        if (first.Recovery == ErrorRecovery.InstalledParametersModified)
        {
            var sch = k.Core.Find<Subchannel>(cio.Bus, s => s.Id == id);
            if (!sch.IsNull) UpdateSsdInfo(sch);
            await k.Core.Put(sch.As<Device>());
        }
        await EvaluateSubchannel(id, slow: false);
    }

    /// <summary>Models css_complete_work(): waits for evaluation, the work queue and recognition; a signal ends it.</summary>
    public async SimTask CompleteWork()
    {
        using var frame = k.Enter("css_complete_work");
        while (true)
        {
            var ticket = evalWaitQueue.Prepare();
            if (!evalScheduled) break;
            if (await evalWaitQueue.SleepInterruptible(ticket) != 0) return;
        }
        await cio.WorkQueue.FlushAll();
        await cio.IoSubchannels.Settle();
    }

    /// <summary>Models css_sched_sch_todo(). Called with sch->lock held.</summary>
    public async SimTask ScheduleTodo(Ptr<Subchannel> sch, SchTodo todo)
    {
        using var frame = k.Enter("css_sched_sch_todo");
        if (sch.Read().Todo >= todo) return;
        if (!k.Core.Get(sch.As<Device>())) return;
        sch.Write().Todo = todo;
        if (!cio.WorkQueue.Queue(sch.Read().TodoWork)) await k.Core.Put(sch.As<Device>());
    }

    /// <summary>Models css_sch_device_unregister().</summary>
    public async SimTask UnregisterSubchannel(Ptr<Subchannel> sch)
    {
        var caller = k.Scheduler.Current.Site.Function;
        using var frame = k.Enter("css_sch_device_unregister");
        unregisteredBy[sch.Read().Id] = caller;
        await sch.Read().RegMutex.Lock();
        if (sch.Read().IsRegistered) await k.Core.Unregister(sch.As<Device>());
        sch.Read().RegMutex.Unlock();
    }

    /// <summary>Models css_subchannel_release(): withdraws the interruption parameter, then frees.</summary>
    public SimTask ReleaseSubchannel(Subchannel subchannel)
    {
        using var frame = k.Enter("css_subchannel_release");
        var sch = new Ptr<Subchannel>(subchannel);
        cio.Watch?.Releasing(sch);
        sch.Write().Config = sch.Read().Config with { Intparm = 0 };
        if (!k.Variant.Has(Remedies.NewDevice) || NewDevice.IsOwn(cio, sch)) cio.Ops.CommitConfig(sch);
        if (k.Variant.Has(Remedies.FreeLater) || k.Variant.Has(Remedies.MoveLock)) FreeLater.Free(cio, sch);
        else Free(sch);
        return SimTask.Done;
    }

    /// <summary>Frees a subchannel and its lock.</summary>
    internal void Free(Ptr<Subchannel> sch)
    {
        k.Heap.Free(sch.Read().LockPtr);
        k.Heap.Free(sch);
    }

    /// <summary>Models queue_delayed_work() of slow_path_work, within its caller: while it waits, no other call makes it earlier.</summary>
    private void QueueSlowPath(long milliseconds)
    {
        if (slowPathDelay.IsPending || slowPathWork.IsPending) return;
        if (milliseconds == 0) cio.WorkQueue.Queue(slowPathWork);
        else slowPathDelay.Start(milliseconds);
    }

    private SimTask DelayPassed()
    {
        cio.WorkQueue.Queue(slowPathWork);
        return SimTask.Done;
    }

    private void ScheduleEvalSet(IdSet set, long milliseconds)
    {
        slowSubchannels.Add(set);
        evalScheduled = true;
        QueueSlowPath(milliseconds);
    }

    /// <summary>
    /// Models css_evaluate_subchannel(): evaluates a subchannel, known or new, and has it looked at again if that was not possible here.
    /// </summary>
    private async SimTask EvaluateSubchannel(SubchannelId id, bool slow)
    {
        using var frame = k.Enter("css_evaluate_subchannel");
        var sch = k.Core.Find<Subchannel>(cio.Bus, s => s.Id == id);
        int result;
        if (!sch.IsNull)
        {
            result = await EvaluateKnown(sch, slow);
            await k.Core.Put(sch.As<Device>());
        }
        else
        {
            result = await EvaluateNew(id, slow);
        }
        if (result == -Errno.EAGAIN) ScheduleEval(id);
    }

    /// <summary>Models css_evaluate_known_subchannel(): leaves a subchannel that has a driver to that driver.</summary>
    private async SimTask<int> EvaluateKnown(Ptr<Subchannel> sch, bool slow)
    {
        using var frame = k.Enter("css_evaluate_known_subchannel");
        return sch.Read().HasDriver ? await cio.Events.SchEvent(sch, process: slow) : 0;
    }

    /// <summary>
    /// Models css_evaluate_new_subchannel(): probes a subchannel that nobody knows yet, which only the work queue may do.
    /// </summary>
    private async SimTask<int> EvaluateNew(SubchannelId id, bool slow)
    {
        using var frame = k.Enter("css_evaluate_new_subchannel");
        if (!slow) return -Errno.EAGAIN;
        var cc = k.Channel.StoreSubchannel(id, out var schib);
        if (cc != InstructionResult.Cc0) return cc == InstructionResult.Cc3 ? -Errno.ENXIO : (int)cc;
        await k.Point;
        return await ProbeDevice(id, schib);
    }

    /// <summary>Models css_probe_device(), css_alloc_subchannel() and css_register_subchannel().</summary>
    private async SimTask<int> ProbeDevice(SubchannelId id, Schib schib)
    {
        using var frame = k.Enter("css_probe_device");
        if (!Validate(id, schib)) return -Errno.ENODEV;
        var sch = Allocate(id, schib);
        if (sch.IsNull) return -Errno.ENOMEM;
        UpdateSsdInfo(sch);
        await sch.Read().RegMutex.Lock();
        var result = await k.Core.Add(sch.As<Device>());
        sch.Read().RegMutex.Unlock();
        if (result != 0) await k.Core.Put(sch.As<Device>());
        return result;
    }

    /// <summary>Models css_validate_subchannel().</summary>
    private bool Validate(SubchannelId id, Schib schib)
    {
        using var frame = k.Enter("css_validate_subchannel");
        return schib.HasDevice() && !cio.Blacklist.Contains(id.Ssid, schib.Pmcw.DeviceNumber);
    }

    private Ptr<Subchannel> Allocate(SubchannelId id, Schib schib)
    {
        using var frame = k.Enter("css_alloc_subchannel");
        var sch = k.Allocate(new Subchannel(cio, id) { Schib = schib });
        if (sch.IsNull) return sch;
        var locks = k.Allocate(new LockObject(k.World, "sch->lock"));
        if (locks.IsNull)
        {
            k.Heap.Free(sch);
            return Ptr<Subchannel>.Null;
        }
        sch.Write().LockPtr = locks;
        sch.Write().TodoWork = new WorkItem("css_sch_todo", () => Todo(sch));
        k.Core.Initialize(sch.As<Device>());
        sch.Write().Name = id.ToString();
        sch.Write().Parent = cio.Css0;
        sch.Write().Bus = cio.Bus;
        return sch;
    }

    /// <summary>Models css_sch_todo(), on the work queue.</summary>
    private async SimTask Todo(Ptr<Subchannel> sch)
    {
        await cio.Lock(sch.Read().LockPtr);
        var todo = sch.Read().Todo;
        sch.Write().Todo = SchTodo.Nothing;
        await cio.UnlockPoint(sch.Read().LockPtr);
        if (todo == SchTodo.Eval && await EvaluateKnown(sch, slow: true) == -Errno.EAGAIN)
        {
            await cio.Lock(sch.Read().LockPtr);
            await ScheduleTodo(sch, todo);
            await cio.UnlockPoint(sch.Read().LockPtr);
        }
        else if (todo == SchTodo.Unreg)
        {
            await UnregisterSubchannel(sch);
        }
        await k.Core.Put(sch.As<Device>());
    }

    /// <summary>Models css_slow_path_func() and for_each_subchannel_staged(): known subchannels first, then new ids.</summary>
    private async SimTask SlowPath()
    {
        if (k.Variant.Has(Remedies.OwnRound)) BeginOwnRound();
        var unknown = new IdSet();
        unknown.Fill();
        foreach (var device in cio.Bus.Devices.ToArray())
        {
            if (!cio.Bus.Devices.Contains(device)) continue;
            var sch = device.As<Subchannel>();
            k.Core.Get(device);
            unknown.Remove(sch.Read().Id);
            await SlowEvalKnown(sch);
            await k.Core.Put(device);
        }
        for (byte ssid = 0; ssid < IdSet.Sets; ssid++)
        {
            for (ushort number = 0; number < IdSet.IdsPerSet; number++)
            {
                var id = new SubchannelId(0, ssid, number);
                if (unknown.Contains(id) && await SlowEvalUnknown(id) != 0) break;
            }
        }
        if (!slowSubchannels.IsEmpty) return;
        evalScheduled = false;
        evalWaitQueue.WakeUp();
    }

    /// <summary>What a round of css_slow_path_func() takes ids from, and forgets the rest of when there are no more subchannels.</summary>
    private IdSet Looked => k.Variant.Has(Remedies.OwnRound) ? ownRound : slowSubchannels;

    /// <summary>Models slow_eval_known_fn(): evaluates a known subchannel if it is in the set.</summary>
    private async SimTask SlowEvalKnown(Ptr<Subchannel> sch)
    {
        var id = sch.Read().Id;
        if (!Looked.Contains(id)) return;
        using var frame = k.Enter("slow_eval_known_fn");
        Looked.Remove(id);
        await k.Point;
        if (await EvaluateKnown(sch, slow: true) == -Errno.EAGAIN) ScheduleEval(id);
    }

    /// <summary>Models slow_eval_unknown_fn(): evaluates an id that has no subchannel yet if it is in the set.</summary>
    private async SimTask<int> SlowEvalUnknown(SubchannelId id)
    {
        if (!Looked.Contains(id)) return 0;
        using var frame = k.Enter("slow_eval_unknown_fn");
        Looked.Remove(id);
        await k.Point;
        var result = await EvaluateNew(id, slow: true);
        switch (result)
        {
            case -Errno.EAGAIN:
                ScheduleEval(id);
                return 0;
            case -Errno.ENXIO or -Errno.ENOMEM or -Errno.EIO:
                Looked.RemoveFrom(id);
                return result;
            default:
                return 0;
        }
    }
}
