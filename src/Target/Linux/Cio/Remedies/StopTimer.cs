using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy StopTimer: a timer's handler has ended before what it uses goes.</summary>
internal static class StopTimer
{
    /// <summary>Models timer_delete_sync() within its caller; whoever waits for the timer in io_subchannel_quiesce() goes on.</summary>
    public static async SimTask Stop(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        await cdev.Read().Private.Read().Timer.StopAndWait();
        if (!IsAwaited(cdev)) return;
        await cio.LockCcw(cdev);
        if (IsAwaited(cdev)) cio.Fsm.SetState(cdev, DevState.NotOper);
        cdev.Read().Private.Read().WaitQueue.WakeUp();
        await cio.UnlockCcw(cdev);
    }

    /// <summary>Whether somebody who quiesces the device waits for its timer.</summary>
    public static bool IsAwaited(Ptr<CcwDevice> cdev) => cdev.Read().Private.Read().State == DevState.Quiesce;
}
