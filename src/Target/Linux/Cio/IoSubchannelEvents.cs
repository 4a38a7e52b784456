using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Evaluating a subchannel after something happened to it (io_subchannel_sch_event, device.c).</summary>
internal sealed class IoSubchannelEvents(CioSubsystem cio)
{
    private const uint FeatureFamily = 0xf5b;
    private readonly GuestKernel k = cio.Kernel;
    private readonly HashSet<SchAction> reached = [];

    /// <summary>Actions taken since the guest booted.</summary>
    public IReadOnlySet<SchAction> Reached => reached;

    /// <summary>Models io_subchannel_sch_event().</summary>
    /// <param name="sch">The subchannel.</param>
    /// <param name="process">Whether this is the work queue, where everything may be done.</param>
    /// <returns>0, or -EAGAIN if it must be called again in process context.</returns>
    public async SimTask<int> SchEvent(Ptr<Subchannel> sch, bool process)
    {
        using var frame = k.Enter("io_subchannel_sch_event");
        await cio.Lock(sch.Read().LockPtr);
        var cdev = CioSubsystem.GetCdev(sch);
        if (!sch.Read().IsRegistered || sch.Read().TodoWork.IsPending
            || (!cdev.IsNull && cdev.Read().Private.Read().TodoWork.IsPending))
        {
            if (k.Variant.Has(Remedies.EndLostIo)) await EndLostIo.EndGone(cio, cdev, sch);
            await cio.UnlockPoint(sch.Read().LockPtr);
            return -Errno.EAGAIN;
        }
        var action = GetAction(sch, cdev);
        k.World.Trace.Add(TraceKind.State, $"sch {sch.Read().Name}: event, process={process}, action={action}");
        reached.Add(action);
        k.World.Features.Hit(FeatureFamily, (uint)action, process ? 1u : 0u);
        var handled = await Immediate(sch, cdev, action);
        await cio.UnlockPoint(sch.Read().LockPtr);
        if (handled) return 0;
        return process ? await InProcess(sch, cdev, action) : -Errno.EAGAIN;
    }

    /// <summary>Models sch_get_action().</summary>
    private SchAction GetAction(Ptr<Subchannel> sch, Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("sch_get_action");
        var result = cio.Ops.UpdateSchib(sch);
        if (result == -Errno.ENODEV)
        {
            if (cdev.IsNull) return SchAction.Unreg;
            return cio.Fsm.Notify(cdev, CioEvent.Gone) ? SchAction.OrphUnreg : SchAction.Unreg;
        }
        if (result == -Errno.EACCES)
        {
            if (cdev.IsNull) return SchAction.Nop;
            return cio.Fsm.Notify(cdev, CioEvent.Gone) ? SchAction.OrphCdev : SchAction.UnregCdev;
        }
        if (cdev.IsNull) return SchAction.Attach;
        if (sch.Read().Schib.Pmcw.DeviceNumber != cdev.Read().Private.Read().Devno)
            return cio.Fsm.Notify(cdev, CioEvent.Gone) ? SchAction.OrphAttach : SchAction.UnregAttach;
        if ((sch.Read().Schib.Pmcw.Pam & sch.Read().Opm) == 0)
            return cio.Fsm.Notify(cdev, CioEvent.NoPath) ? SchAction.Disc
                : k.Variant.Has(Defects.NoPathUnregSch) ? SchAction.Unreg : SchAction.UnregCdev;
        var state = cdev.Read().Private.Read().State;
        if (state is DevState.Disconnected or DevState.DisconnectedSenseId) return SchAction.Reprobe;
        if (cdev.Read().Online) return SchAction.Verify;
        return state == DevState.NotOper ? SchAction.UnregAttach : SchAction.Nop;
    }

    /// <summary>What is done at once, with the lock held.</summary>
    /// <returns>Whether that was all.</returns>
    private async SimTask<bool> Immediate(Ptr<Subchannel> sch, Ptr<CcwDevice> cdev, SchAction action)
    {
        switch (action)
        {
            case SchAction.Reprobe:
                await cio.Fsm.TriggerReprobe(cdev);
                return true;
            case SchAction.Verify:
                await cio.Paths.Verify(sch);
                return true;
            case SchAction.Disc:
                cio.Fsm.SetDisconnected(cdev);
                return true;
            case SchAction.Nop:
                return true;
            case SchAction.OrphUnreg or SchAction.OrphCdev or SchAction.OrphAttach:
                if (k.Variant.Has(Remedies.EndStealLock) && IsStealingLock(cdev)) await cio.Fsm.Event(cdev, DevEvent.NotOper);
                cio.Fsm.SetDisconnected(cdev);
                return false;
            case SchAction.UnregCdev or SchAction.UnregAttach or SchAction.Unreg when !cdev.IsNull:
                if (cdev.Read().Private.Read().State == DevState.SenseId) await cio.Fsm.Event(cdev, DevEvent.NotOper);
                else if (k.Variant.Has(Remedies.EndStealLock) && IsStealingLock(cdev)) await cio.Fsm.Event(cdev, DevEvent.NotOper);
                else await cio.Fsm.SetNotOper(cdev);
                return false;
            default:
                return false;
        }
    }

    private static bool IsStealingLock(Ptr<CcwDevice> cdev) => cdev.Read().Private.Read().State == DevState.StealLock;

    private async SimTask<int> InProcess(Ptr<Subchannel> sch, Ptr<CcwDevice> cdev, SchAction action)
    {
        if (action is SchAction.OrphUnreg or SchAction.OrphCdev or SchAction.OrphAttach)
        {
            var moved = await cio.Devices.MoveTo(cdev, cio.PseudoSubchannel);
            if (moved != 0) return moved;
        }
        if (action is SchAction.UnregCdev or SchAction.UnregAttach)
        {
            await cio.Devices.DetachAndUnregister(cdev, sch, wasReported: true);
        }
        if (action is SchAction.OrphUnreg or SchAction.Unreg) await UnregisterSubchannel(sch, cdev);
        if (action is SchAction.OrphAttach or SchAction.UnregAttach or SchAction.Attach) return await Attach(sch);
        return 0;
    }

    private async SimTask UnregisterSubchannel(Ptr<Subchannel> sch, Ptr<CcwDevice> cdev)
    {
        if (!cdev.IsNull && k.Variant.Has(Defects.UnregOnlyIfNoCdev)) return;
        var id = sch.Read().Id;
        await cio.Css.UnregisterSubchannel(sch);
        // What came meanwhile was taken for news of the old device.
        if (k.Variant.Has(Remedies.DetachLast)) cio.Css.ScheduleEval(id);
    }

    private async SimTask<int> Attach(Ptr<Subchannel> sch)
    {
        var ssid = sch.Read().Id.Ssid;
        var devno = sch.Read().Schib.Pmcw.DeviceNumber;
        // get_ccwdev_by_dev_id()
        var known = k.Core.Find<CcwDevice>(cio.CcwBus, d => d.Private.Read().Ssid == ssid && d.Private.Read().Devno == devno);
        if (known.IsNull)
        {
            await cio.Devices.CreateAndRecognize(sch);
            return 0;
        }
        var moved = await cio.Devices.MoveTo(known, sch);
        if (moved == 0)
        {
            await cio.Lock(sch.Read().LockPtr);
            await cio.Fsm.TriggerReprobe(known);
            await cio.UnlockPoint(sch.Read().LockPtr);
        }
        await k.Core.Put(known.As<Device>());
        return moved;
    }
}
