using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <content>Interrupts, timeouts and verification in the states that use them.</content>
internal sealed partial class CcwFsm
{
    /// <summary>Milliseconds until I/O that is being killed is looked at again.</summary>
    internal const long KillTimeout = 3000;

    private const long QuiesceRound = 100;

    /// <summary>
    /// Models ccw_device_offline_verify() within its caller: verification of a device that is offline looks at its subchannel again.
    /// </summary>
    internal void OfflineVerify(Ptr<CcwDevice> cdev) => cio.Css.ScheduleEval(cdev.Read().Sch.Read().Id);

    /// <summary>Models ccw_device_delay_verify() within its caller: verification starts again when the one that runs has ended.</summary>
    internal static void DelayVerify(Ptr<CcwDevice> cdev) => cdev.Read().Private.Write().DoVerify = true;

    /// <summary>
    /// Models ccw_device_killing_irq() within its caller: the interrupt says that the I/O has ended, so nothing needs the timer any more.
    /// </summary>
    internal async SimTask KillingIrq(Ptr<CcwDevice> cdev)
    {
        SetTimeout(cdev, 0);
        await KillDone(cdev);
    }

    /// <summary>Models ccw_device_request_event() within its caller.</summary>
    internal async SimTask RequestEvent(Ptr<CcwDevice> cdev, DevEvent happened)
    {
        switch (happened)
        {
            case DevEvent.NotOper:
                await cio.Requests.NotOper(cdev);
                break;
            case DevEvent.Interrupt:
                await cio.Requests.Interrupt(cdev);
                break;
            case DevEvent.Timeout:
                await cio.Requests.Timeout(cdev);
                break;
        }
    }

    /// <summary>Models ccw_device_generic_notoper(). The state stays as it is unless the driver keeps the device.</summary>
    internal async SimTask GenericNotOper(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_generic_notoper");
        if (Notify(cdev, CioEvent.Gone))
        {
            SetDisconnected(cdev);
            return;
        }
        await cio.Todos.Schedule(cdev, CdevTodo.Unreg);
        if (k.Variant.Has(Remedies.EndLostIo)) await EndLostIo.End(cio, cdev);
    }

    /// <summary>Models ccw_device_disabled_irq().</summary>
    internal async SimTask DisabledIrq(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_disabled_irq");
        cio.Ops.Disable(cdev.Read().Sch);
        if (k.Variant.Has(Remedies.EndLostIo)) await EndLostIo.EndNotOper(cio, cdev);
    }

    /// <summary>Models ccw_device_irq().</summary>
    internal async SimTask Irq(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_irq");
        var irb = cio.Interrupts.ThisCpu;
        var priv = cdev.Read().Private;
        if (!irb.Scsw.IsSolicited())
        {
            if ((irb.Scsw.Dstat() & ScswBits.DstatUnitCheck) != 0 && !irb.HasConcurrentSense()
                && await cio.Status.DoSense(cdev, irb) == 0)
            {
                priv.Write().Irb = new AccumulatedStatus
                {
                    Stctl = irb.Scsw.Stctl(), Actl = irb.Scsw.Actl(), Dstat = irb.Scsw.Dstat(), Cstat = irb.Scsw.Cstat(),
                };
                SetState(cdev, DevState.W4Sense);
                priv.Write().Intparm = 0;
                return;
            }
            if (cdev.Read().Handler is { } handler) await handler(cdev, 0, InterruptStatus.FromIrb(irb));
            if (priv.Read().DoVerify) await OnlineVerify(cdev);
            return;
        }
        cio.Status.AccumulateIrb(cdev, irb);
        if (priv.Read().DoSense)
        {
            if (await cio.Status.DoSense(cdev, irb) == 0) SetState(cdev, DevState.W4Sense);
            return;
        }
        if (await CallHandler(cdev) && priv.Read().DoVerify) await OnlineVerify(cdev);
    }

    /// <summary>Models ccw_device_call_handler(): delivers ending and unsolicited status.</summary>
    /// <returns>Whether the handler was due.</returns>
    private async SimTask<bool> CallHandler(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_call_handler");
        var priv = cdev.Read().Private;
        var stctl = priv.Read().Irb.Stctl;
        var ending = (stctl & ScswBits.StctlSecondary) != 0
            || stctl is (ScswBits.StctlAlert | ScswBits.StctlPending) or ScswBits.StctlPending;
        if (!ending && (stctl & ScswBits.StctlIntermediate) == 0) return false;
        if (ending) SetTimeout(cdev, 0);
        if (cdev.Read().Handler is { } handler) await handler(cdev, priv.Read().Intparm, priv.Read().Irb.ForDriver());
        priv.Write().Irb = default;
        return true;
    }

    /// <summary>Models ccw_device_w4sense().</summary>
    internal async SimTask W4Sense(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_w4sense");
        var irb = cio.Interrupts.ThisCpu;
        var priv = cdev.Read().Private;
        if (irb.Scsw.Stctl() == (ScswBits.StctlPending | ScswBits.StctlAlert))
        {
            if (irb.Scsw.DeferredCc == 1) await cio.Status.DoSense(cdev, irb);
            else if (cdev.Read().Handler is { } handler) await handler(cdev, 0, InterruptStatus.FromIrb(irb));
            return;
        }
        if ((irb.Scsw.Fctl() & (ScswBits.FctlClear | ScswBits.FctlHalt)) != 0)
        {
            priv.Write().DoSense = false;
            priv.Write().Irb = default;
            cio.Status.AccumulateIrb(cdev, irb);
        }
        else
        {
            cio.Status.AccumulateBasicSense(cdev, irb);
            if (priv.Read().DoSense)
            {
                await cio.Status.DoSense(cdev, irb);
                return;
            }
        }
        SetState(cdev, DevState.Online);
        priv.Read().WaitQueue.WakeUp();
        if (await CallHandler(cdev) && priv.Read().DoVerify) await OnlineVerify(cdev);
    }

    /// <summary>Models ccw_device_online_verify().</summary>
    internal async SimTask OnlineVerify(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_online_verify");
        var priv = cdev.Read().Private;
        if (priv.Read().State == DevState.W4Sense)
        {
            priv.Write().DoVerify = true;
            return;
        }
        var sch = cdev.Read().Sch;
        if (cio.Ops.UpdateSchib(sch) != 0)
        {
            await VerifyDone(cdev, -Errno.ENODEV);
            return;
        }
        if (CioOps.Actl(sch) != 0 || sch.Read().Schib.Scsw.IsStatusPending || (priv.Read().Irb.Stctl & ScswBits.StctlPending) != 0)
        {
            priv.Write().DoVerify = true;
            return;
        }
        SetState(cdev, DevState.Verify);
        await verification.Start(cdev);
    }

    /// <summary>Models ccw_device_boxed_verify().</summary>
    internal async SimTask BoxedVerify(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_boxed_verify");
        var sch = cdev.Read().Sch;
        if (!cdev.Read().Online) cio.Css.ScheduleEval(sch.Read().Id);
        else if (cio.Ops.Enable(sch) != 0) await Done(cdev, DevState.NotOper);
        else await OnlineVerify(cdev);
    }

    /// <summary>Models ccw_device_online_timeout().</summary>
    internal async SimTask OnlineTimeout(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_online_timeout");
        var priv = cdev.Read().Private;
        SetTimeout(cdev, 0);
        priv.Write().Iretry = 255;
        priv.Write().AsyncKillIoRc = -Errno.ETIMEDOUT;
        var result = cio.Ops.CancelHaltClear(cdev);
        if (result == -Errno.EBUSY)
        {
            SetTimeout(cdev, KillTimeout);
            SetState(cdev, DevState.TimeoutKill);
        }
        else if (result != 0)
        {
            await Event(cdev, DevEvent.NotOper);
        }
        else if (cdev.Read().Handler is { } handler)
        {
            await handler(cdev, priv.Read().Intparm, InterruptStatus.FromError(-Errno.ETIMEDOUT));
        }
    }

    /// <summary>Models ccw_device_killing_timeout().</summary>
    internal async SimTask KillingTimeout(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_killing_timeout");
        if (cio.Ops.CancelHaltClear(cdev) == -Errno.EBUSY) SetTimeout(cdev, KillTimeout);
        else await KillDone(cdev);
    }

    /// <summary>The end of ccw_device_killing_irq() and ccw_device_killing_timeout(): I/O is dead.</summary>
    private async SimTask KillDone(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_killing_irq");
        await OnlineVerify(cdev);
        if (cdev.Read().Handler is { } handler)
        {
            var priv = cdev.Read().Private.Read();
            await handler(cdev, priv.Intparm, InterruptStatus.FromError(priv.AsyncKillIoRc));
        }
    }

    /// <summary>Models ccw_device_start_id().</summary>
    internal async SimTask StartId(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_start_id");
        if (k.Variant.Has(Remedies.MoveLock) && MoveLock.IsMoving(cdev)) return;
        if (cio.Ops.Enable(cdev.Read().Sch) != 0) return;
        SetState(cdev, DevState.DisconnectedSenseId);
        await senseId.Start(cdev);
    }

    /// <summary>Models ccw_device_quiesce_done().</summary>
    internal void QuiesceDone(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_quiesce_done");
        SetTimeout(cdev, 0);
        SetState(cdev, DevState.NotOper);
        cdev.Read().Private.Read().WaitQueue.WakeUp();
    }

    /// <summary>Models ccw_device_quiesce_timeout().</summary>
    internal void QuiesceTimeout(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_quiesce_timeout");
        if (cio.Ops.CancelHaltClear(cdev) == -Errno.EBUSY)
        {
            SetTimeout(cdev, QuiesceRound);
            return;
        }
        SetState(cdev, DevState.NotOper);
        cdev.Read().Private.Read().WaitQueue.WakeUp();
    }
}
