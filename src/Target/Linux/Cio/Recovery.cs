using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Looking again at disconnected devices and broken paths, less and less often (recovery_func, device.c).</summary>
internal sealed class Recovery
{
    private static readonly long[] Delays = [3_000, 30_000, 300_000];
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;
    private readonly Simulation.Timer timer;
    private readonly SystemWork work;
    private int phase;

    public Recovery(CioSubsystem cio)
    {
        this.cio = cio;
        k = cio.Kernel;
        timer = new Simulation.Timer(k.Scheduler, "recovery_func", Expired);
        work = new SystemWork(k.World, "recovery_work_func", Work);
    }

    /// <summary>Models ccw_device_schedule_recovery(): from the first delay again.</summary>
    public void Schedule()
    {
        using var frame = k.Enter("ccw_device_schedule_recovery");
        if (timer.IsPending && phase == 0) return;
        phase = 0;
        timer.Start(Delays[0]);
    }

    private SimTask Expired()
    {
        work.Schedule();
        return SimTask.Done;
    }

    /// <summary>Models recovery_work_func(), on the system's work queue.</summary>
    private async SimTask Work()
    {
        var redo = false;
        foreach (var device in cio.CcwBus.Devices.ToArray())
        {
            if (!cio.CcwBus.Devices.Contains(device)) continue;
            k.Core.Get(device);
            redo |= await Check(device.As<CcwDevice>());
            await k.Core.Put(device);
        }
        if (!redo || timer.IsPending) return;
        if (phase < Delays.Length - 1) phase++;
        timer.Start(Delays[phase]);
    }

    /// <summary>Models recovery_check().</summary>
    /// <returns>Whether the device has to be looked at once more.</returns>
    private async SimTask<bool> Check(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("recovery_check");
        await cio.LockCcw(cdev);
        var again = false;
        var state = cdev.Read().Private.Read().State;
        if (state == DevState.Disconnected || (state == DevState.Online && HasBrokenPath(cdev.Read().Sch)))
        {
            await cio.Fsm.Event(cdev, DevEvent.Verify);
            again = true;
        }
        else if (state == DevState.DisconnectedSenseId)
        {
            again = true;
        }
        await cio.UnlockCcw(cdev);
        return again;
    }

    private static bool HasBrokenPath(Ptr<Subchannel> sch) => (sch.Read().Schib.Pmcw.Pam & sch.Read().Opm) != sch.Read().Vpm;
}
