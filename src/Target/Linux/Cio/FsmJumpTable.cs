using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>What a ccw device does about an event in a state (fsm_func_t).</summary>
internal delegate SimTask FsmHandler(CcwFsm fsm, Ptr<CcwDevice> cdev, DevEvent happened);

/// <summary>What each event does in each state of a ccw device: dev_jumptable of device_fsm.c, row by row.</summary>
/// <remarks>A handler has the kernel's name without ccw_device_, and calls the method of the state machine that models it.</remarks>
internal static class FsmJumpTable
{
    private static readonly FsmHandler Nop = (_, _, _) => SimTask.Done;
    private static readonly FsmHandler BoxedVerify = (fsm, cdev, _) => fsm.BoxedVerify(cdev);
    private static readonly FsmHandler ChangeCmfState = (fsm, cdev, happened) => fsm.AfterMeasurement(cdev, happened);
    private static readonly FsmHandler DelayVerify = Plain((_, cdev) => CcwFsm.DelayVerify(cdev));
    private static readonly FsmHandler DisabledIrq = (fsm, cdev, _) => fsm.DisabledIrq(cdev);
    private static readonly FsmHandler GenericNotOper = (fsm, cdev, _) => fsm.GenericNotOper(cdev);
    private static readonly FsmHandler Irq = (fsm, cdev, _) => fsm.Irq(cdev);
    private static readonly FsmHandler KillingIrq = (fsm, cdev, _) => fsm.KillingIrq(cdev);
    private static readonly FsmHandler KillingTimeout = (fsm, cdev, _) => fsm.KillingTimeout(cdev);
    private static readonly FsmHandler LostIo = (fsm, cdev, _) => EndLostIo.End(fsm.Cio, cdev);
    private static readonly FsmHandler OfflineVerify = Plain((fsm, cdev) => fsm.OfflineVerify(cdev));
    private static readonly FsmHandler OnlineTimeout = (fsm, cdev, _) => fsm.OnlineTimeout(cdev);
    private static readonly FsmHandler OnlineVerify = (fsm, cdev, _) => fsm.OnlineVerify(cdev);
    private static readonly FsmHandler QuiesceDone = Plain((fsm, cdev) => fsm.QuiesceDone(cdev));
    private static readonly FsmHandler QuiesceTimeout = Plain((fsm, cdev) => fsm.QuiesceTimeout(cdev));
    private static readonly FsmHandler Request = (fsm, cdev, happened) => fsm.RequestEvent(cdev, happened);
    private static readonly FsmHandler StartId = (fsm, cdev, _) => fsm.StartId(cdev);
    private static readonly FsmHandler UpdateCmfBlock = (fsm, cdev, happened) => fsm.AfterMeasurement(cdev, happened);
    private static readonly FsmHandler W4Sense = (fsm, cdev, _) => fsm.W4Sense(cdev);

    /// <summary>The table: the handlers of a state are those of NOTOPER, INTERRUPT, TIMEOUT and VERIFY.</summary>
    private static readonly Dictionary<DevState, FsmHandler[]> Rows = new()
    {
        [DevState.NotOper] = [Nop, DisabledIrq, With(Remedies.EndLostIo, LostIo, shipped: Nop), Nop],
        [DevState.SenseId] = [Request, Request, Request, Nop],
        [DevState.Offline] = [GenericNotOper, DisabledIrq, Nop, OfflineVerify],
        [DevState.Verify] = [Request, Request, Request, DelayVerify],
        [DevState.Online] = [GenericNotOper, Irq, OnlineTimeout, OnlineVerify],
        [DevState.W4Sense] = [GenericNotOper, W4Sense, Nop, OnlineVerify],
        [DevState.DisbandPgid] = [Request, Request, Request, Nop],
        [DevState.Boxed] = [GenericNotOper, Nop, Nop, BoxedVerify],
        // States to wait for I/O completion before doing something.
        [DevState.TimeoutKill] = [GenericNotOper, KillingIrq, KillingTimeout, Nop],
        [DevState.Quiesce] = [QuiesceDone, QuiesceDone, QuiesceTimeout, Nop],
        // Special states for devices gone not operational.
        [DevState.Disconnected] = [Nop, StartId, Nop, StartId],
        [DevState.DisconnectedSenseId] = [Request, Request, Request, Nop],
        [DevState.CmfChange] = [ChangeCmfState, ChangeCmfState, ChangeCmfState, ChangeCmfState],
        [DevState.CmfUpdate] = [UpdateCmfBlock, UpdateCmfBlock, UpdateCmfBlock, UpdateCmfBlock],
        [DevState.StealLock] = [Request, Request, Request, Nop],
    };

    private static readonly FsmHandler[][] Table = [.. Enum.GetValues<DevState>().Select([Uncounted] (state) => Rows[state])];

    /// <summary>The handler of an event in a state.</summary>
    public static FsmHandler Handler(DevState state, DevEvent happened) => Table[(int)state][(int)happened];

    /// <summary>A cell that a remedy changes.</summary>
    [Uncounted]
    private static FsmHandler With(Switch remedy, FsmHandler instead, FsmHandler shipped) =>
        (fsm, cdev, happened) => (fsm.Cio.Kernel.Variant.Has(remedy) ? instead : shipped)(fsm, cdev, happened);

    /// <summary>A handler that never sleeps.</summary>
    [Uncounted]
    private static FsmHandler Plain(Action<CcwFsm, Ptr<CcwDevice>> handle) => (fsm, cdev, _) =>
    {
        handle(fsm, cdev);
        return SimTask.Done;
    };
}
