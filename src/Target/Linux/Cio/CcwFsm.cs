using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>The state machine of a ccw device (device_fsm.c); <see cref="FsmJumpTable"/> says what each event does in each state.</summary>
/// <remarks>Every method is called with the ccw device lock held, as in the kernel.</remarks>
internal sealed partial class CcwFsm(CioSubsystem cio)
{
    private const uint FeatureFamily = 0xf5a;
    private readonly GuestKernel k = cio.Kernel;
    private readonly SenseId senseId = new(cio);
    private readonly PathVerification verification = new(cio);
    private readonly PathDisband disband = new(cio);

    /// <summary>The common I/O layer that it is part of.</summary>
    internal CioSubsystem Cio => cio;

    /// <summary>Cells of the table that were reached since the guest booted.</summary>
    public FsmCells Reached { get; } = new();

    /// <summary>Models dev_fsm_event(): does what the jump table says for the event in the state of the device.</summary>
    public async SimTask Event(Ptr<CcwDevice> cdev, DevEvent happened)
    {
        using var frame = k.Enter("dev_fsm_event");
        var state = cdev.Read().Private.Read().State;
        k.World.Features.Hit(FeatureFamily, (uint)state, (uint)happened);
        Reached.Add(state, happened);
        cio.Watch?.FsmEvent(cdev);
        await FsmJumpTable.Handler(state, happened)(this, cdev, happened);
    }

    /// <summary>Changes the state, visibly in the trace.</summary>
    public void SetState(Ptr<CcwDevice> cdev, DevState state)
    {
        var priv = cdev.Read().Private.Write();
        if (priv.State != state)
            k.World.Trace.Add(TraceKind.State, $"{cdev.Read().Name}: {priv.State.KernelName()} -> {state.KernelName()}");
        priv.State = state;
    }

    /// <summary>Models ccw_device_set_timeout() within its caller: milliseconds, 0 stops the timer.</summary>
    public void SetTimeout(Ptr<CcwDevice> cdev, long milliseconds)
    {
        var timer = cdev.Read().Private.Read().Timer;
        cdev.Read().Private.Write().IsTimed = milliseconds != 0;
        if (milliseconds == 0) timer.Stop();
        else timer.Start(milliseconds);
    }

    /// <summary>Models ccw_device_timeout(), in softirq.</summary>
    public async SimTask TimerExpired(Ptr<CcwDevicePrivate> priv)
    {
        using var frame = k.Enter("ccw_device_timeout");
        var cdev = priv.Read().Cdev;
        await cio.LockCcw(cdev);
        if (!k.Variant.Has(Remedies.OwnTimeout) || OwnTimeout.IsDue(priv)) await Event(cdev, DevEvent.Timeout);
        await cio.UnlockCcw(cdev);
    }

    /// <summary>Models ccw_device_notify().</summary>
    /// <returns>Whether the driver keeps the device; false as well if nobody was asked.</returns>
    public bool Notify(Ptr<CcwDevice> cdev, CioEvent happened)
    {
        using var frame = k.Enter("ccw_device_notify");
        return cdev.Read().Drv is { } driver && cdev.Read().Online && driver.Notify(cdev, happened);
    }

    /// <summary>Models ccw_device_set_notoper(). It neither wakes anybody nor calls the handler.</summary>
    public async SimTask SetNotOper(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_set_notoper");
        SetTimeout(cdev, 0);
        cio.Ops.Disable(cdev.Read().Sch);
        SetState(cdev, DevState.NotOper);
        if (k.Variant.Has(Remedies.EndLostIo)) await EndLostIo.End(cio, cdev);
        if (k.Variant.Has(Remedies.WakeNotOper)) cdev.Read().Private.Read().WaitQueue.WakeUp();
    }

    /// <summary>Models ccw_device_set_disconnected().</summary>
    public void SetDisconnected(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_set_disconnected");
        if (cdev.IsNull) return;
        SetTimeout(cdev, 0);
        cdev.Read().Private.Write().FakeIrb = false;
        if (k.Variant.Has(Remedies.ForgetVerify)) cdev.Read().Private.Write().DoVerify = false;
        SetState(cdev, DevState.Disconnected);
        if (k.Variant.Has(Remedies.WakeNotOper)) cdev.Read().Private.Read().WaitQueue.WakeUp();
        if (cdev.Read().Online) cio.Recovery.Schedule();
    }

    /// <summary>Models ccw_device_recognition().</summary>
    public async SimTask Recognition(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_recognition");
        cdev.Read().Private.Write().RecogDone = false;
        SetState(cdev, DevState.SenseId);
        if (cio.Ops.Enable(cdev.Read().Sch) != 0) await RecognitionDone(cdev, DevState.NotOper);
        else await senseId.Start(cdev);
    }

    /// <summary>Models ccw_device_recog_done().</summary>
    public async SimTask RecognitionDone(Ptr<CcwDevice> cdev, DevState state)
    {
        using var frame = k.Enter("ccw_device_recog_done");
        var sch = cdev.Read().Sch;
        var priv = cdev.Read().Private;
        if (cio.Ops.Disable(sch) != 0) state = DevState.NotOper;
        if (cio.Ops.UpdateSchib(sch) != 0) state = DevState.NotOper;
        else sch.Write().Lpm = (byte)(sch.Read().Schib.Pmcw.Pam & sch.Read().Opm);
        if (priv.Read().State == DevState.DisconnectedSenseId && state is DevState.NotOper or DevState.Boxed)
        {
            FinishRecognition(cdev, DevState.Disconnected);
            return;
        }
        if (state == DevState.Offline)
        {
            if (cdev.Read().Online)
            {
                await RecognizedOnline(cdev);
                return;
            }
            UpdateSenseData(cdev);
        }
        else if (state == DevState.Boxed && cdev.Read().CuType != 0)
        {
            FinishRecognition(cdev, DevState.Boxed);
            return;
        }
        SetState(cdev, state);
        await cio.Devices.RecognitionDone(cdev);
        priv.Read().WaitQueue.WakeUp();
    }

    /// <summary>Models ccw_device_online().</summary>
    /// <returns>0 if verification was started, or a negative errno.</returns>
    public async SimTask<int> Online(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_online");
        if (cdev.Read().Private.Read().State is not (DevState.Offline or DevState.Boxed)) return -Errno.EINVAL;
        var result = cio.Ops.Enable(cdev.Read().Sch);
        if (result != 0)
        {
            if (result == -Errno.ENODEV) await Event(cdev, DevEvent.NotOper);
            return result;
        }
        SetState(cdev, DevState.Verify);
        await verification.Start(cdev);
        return 0;
    }

    /// <summary>Models ccw_device_offline().</summary>
    /// <returns>0, -EBUSY while I/O is active, or another negative errno.</returns>
    public async SimTask<int> Offline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_offline");
        var state = cdev.Read().Private.Read().State;
        if (state is DevState.Disconnected or DevState.NotOper)
        {
            cdev.Read().Private.Write().DoNotify = false;
            await Done(cdev, DevState.NotOper);
            return 0;
        }
        if (state == DevState.Boxed)
        {
            await Done(cdev, DevState.Boxed);
            return 0;
        }
        var sch = cdev.Read().Sch;
        if (cio.IsPseudo(sch))
        {
            await Done(cdev, DevState.Offline);
            return 0;
        }
        if (cio.Ops.UpdateSchib(sch) != 0) return -Errno.ENODEV;
        if (CioOps.Actl(sch) != 0) return -Errno.EBUSY;
        if (state != DevState.Online) return -Errno.EINVAL;
        if (cdev.Read().Private.Read().PathGroup)
        {
            SetState(cdev, DevState.DisbandPgid);
            await disband.Start(cdev);
            return 0;
        }
        await Done(cdev, DevState.Offline);
        return 0;
    }

    /// <summary>Models ccw_device_disband_done() for a failure.</summary>
    public async SimTask DisbandDone(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = k.Enter("ccw_device_disband_done");
        if (result != -Errno.ETIME) cdev.Read().Private.Write().DoNotify = false;
        await Done(cdev, result == -Errno.ETIME ? DevState.Boxed : DevState.NotOper);
    }

    /// <summary>Models ccw_device_verify_done().</summary>
    public async SimTask VerifyDone(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = k.Enter("ccw_device_verify_done");
        var sch = cdev.Read().Sch;
        var priv = cdev.Read().Private;
        if (cio.Ops.UpdateSchib(sch) != 0)
        {
            result = -Errno.ENODEV;
        }
        else
        {
            sch.Write().Lpm = sch.Read().Vpm;
            if (priv.Read().DoVerify)
            {
                await verification.Start(cdev);
                return;
            }
        }
        if (result == 0)
        {
            await Done(cdev, DevState.Online);
            await DeliverFakeIrb(cdev);
            ReportPathEvents(cdev);
            HandleBrokenPaths(cdev);
            if (k.Variant.Has(Remedies.LookVerified) && cdev.Read().Handler is { } handler) await handler(cdev, 0, default);
        }
        else
        {
            priv.Write().DoNotify = false;
            await Done(cdev, result switch
            {
                -Errno.ETIME or -Errno.EUSERS => DevState.Boxed,
                -Errno.EACCES => DevState.Disconnected,
                _ => DevState.NotOper,
            });
        }
        ResetPathEvents(cdev);
    }

    /// <summary>Models ccw_device_trigger_reprobe().</summary>
    public async SimTask TriggerReprobe(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_trigger_reprobe");
        if (cdev.Read().Private.Read().State != DevState.Disconnected) return;
        if (k.Variant.Has(Remedies.MoveLock) && MoveLock.IsMoving(cdev)) return;
        var sch = cdev.Read().Sch;
        if (cio.Ops.UpdateSchib(sch) != 0) return;
        sch.Write().Lpm = (byte)(sch.Read().Schib.Pmcw.Pam & sch.Read().Opm);
        IoSubchannels.InitConfig(sch);
        if (cio.Ops.CommitConfig(sch) != 0) return;
        if (sch.Read().Schib.Pmcw.DeviceNumber != cdev.Read().Private.Read().Devno) cio.Css.ScheduleEval(sch.Read().Id);
        else await StartId(cdev);
    }

    /// <summary>Models ccw_device_done(): on- or offline processing ended in a state.</summary>
    private async SimTask Done(Ptr<CcwDevice> cdev, DevState state)
    {
        using var frame = k.Enter("ccw_device_done");
        var priv = cdev.Read().Private;
        SetTimeout(cdev, 0);
        if (state != DevState.Online) cio.Ops.Disable(cdev.Read().Sch);
        priv.Write().Irb = default;
        SetState(cdev, state);
        switch (state)
        {
            case DevState.Boxed:
                if (cdev.Read().Online && !Notify(cdev, CioEvent.Boxed)) await cio.Todos.Schedule(cdev, CdevTodo.Unreg);
                priv.Write().DoNotify = false;
                break;
            case DevState.NotOper:
                if (Notify(cdev, CioEvent.Gone)) SetDisconnected(cdev);
                else await cio.Todos.Schedule(cdev, CdevTodo.Unreg);
                if (k.Variant.Has(Remedies.EndLostIo)) await EndLostIo.End(cio, cdev);
                priv.Write().DoNotify = false;
                break;
            case DevState.Disconnected:
                if (Notify(cdev, CioEvent.NoPath))
                {
                    SetDisconnected(cdev);
                }
                else
                {
                    SetState(cdev, DevState.NotOper);
                    await cio.Todos.Schedule(cdev, CdevTodo.Unreg);
                    if (k.Variant.Has(Remedies.EndLostIo)) await EndLostIo.End(cio, cdev);
                }
                priv.Write().DoNotify = false;
                break;
        }
        if (priv.Read().DoNotify)
        {
            priv.Write().DoNotify = false;
            await OperNotify(cdev);
        }
        priv.Read().WaitQueue.WakeUp();
    }

    /// <summary>Models ccw_device_oper_notify().</summary>
    private async SimTask OperNotify(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_oper_notify");
        if (Notify(cdev, CioEvent.Oper))
        {
            await cio.Todos.Schedule(cdev, CdevTodo.EnableCmf);
            cdev.Read().Private.Write().PathNewMask = cdev.Read().Sch.Read().Vpm;
            return;
        }
        await SetNotOper(cdev);
        await cio.Todos.Schedule(cdev, CdevTodo.Rebind);
    }

    private void FinishRecognition(Ptr<CcwDevice> cdev, DevState state)
    {
        cdev.Read().Private.Write().RecogDone = true;
        SetState(cdev, state);
        cdev.Read().Private.Read().WaitQueue.WakeUp();
    }

    private async SimTask RecognizedOnline(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private;
        SetState(cdev, DevState.Offline);
        priv.Write().RecogDone = true;
        if (k.Memory.Read16(cio.SenseIdData(cdev) + 1) == cdev.Read().CuType
            && k.Memory.Read8(cio.SenseIdData(cdev) + 3) == cdev.Read().CuModel)
        {
            priv.Write().DoNotify = true;
            await Online(cdev);
            priv.Read().WaitQueue.WakeUp();
        }
        else
        {
            UpdateSenseData(cdev);
            await cio.Todos.Schedule(cdev, CdevTodo.Rebind);
        }
    }

    /// <summary>Models ccw_device_update_sense_data() within its caller.</summary>
    private void UpdateSenseData(Ptr<CcwDevice> cdev)
    {
        cdev.Write().CuType = k.Memory.Read16(cio.SenseIdData(cdev) + 1);
        cdev.Write().CuModel = k.Memory.Read8(cio.SenseIdData(cdev) + 3);
    }

    /// <summary>
    /// Models create_fake_irb() and its use: a made-up deferred condition code 1 answers a start that was accepted during verification.
    /// </summary>
    private async SimTask DeliverFakeIrb(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private;
        if (!priv.Read().FakeIrb) return;
        using var frame = k.Enter("create_fake_irb");
        priv.Write().FakeIrb = false;
        cio.Watch?.FakeDelivered(cdev);
        var made = new AccumulatedStatus
        {
            Cc = 1, Fctl = ScswBits.FctlStart, Actl = ScswBits.ActlStartPending, Stctl = ScswBits.StctlPending,
        };
        if (cdev.Read().Handler is { } handler) await handler(cdev, priv.Read().Intparm, made.ForDriver());
        priv.Write().Irb = default;
    }
}
