using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <content>Paths that come and go, and what waits for I/O to end.</content>
internal sealed partial class CcwFsm
{
    /// <summary>Models ccw_device_kill_io(): the path that I/O runs on is gone.</summary>
    public async SimTask KillIo(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_kill_io");
        var priv = cdev.Read().Private;
        SetTimeout(cdev, 0);
        priv.Write().Iretry = 255;
        priv.Write().AsyncKillIoRc = -Errno.EIO;
        if (cio.Ops.CancelHaltClear(cdev) == -Errno.EBUSY)
        {
            SetTimeout(cdev, KillTimeout);
            SetState(cdev, DevState.TimeoutKill);
            return;
        }
        await KillDone(cdev);
    }

    /// <summary>Models ccw_device_change_cmfstate() and ccw_device_update_cmfblock(): the event counts as one of ONLINE.</summary>
    /// <remarks>Nothing here switches measurements on (cmb_enable), so what they retry first is not modelled.</remarks>
    internal async SimTask AfterMeasurement(Ptr<CcwDevice> cdev, DevEvent happened)
    {
        using var frame = k.Enter("ccw_device_change_cmfstate");
        SetState(cdev, DevState.Online);
        await Event(cdev, happened);
    }

    /// <summary>Models ccw_device_report_path_events().</summary>
    private void ReportPathEvents(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_report_path_events");
        var priv = cdev.Read().Private.Read();
        var vpm = cdev.Read().Sch.Read().Vpm;
        if (!cdev.Read().Online) return;
        // cdev->drv is used without a test.
        if (cdev.Read().Drv is not { } driver) throw new NullPointerException("ccw_driver");
        driver.PathEvent(cdev, (byte)(priv.PathGoneMask & ~vpm), (byte)(priv.PathNewMask & vpm));
    }

    /// <summary>Models ccw_device_reset_path_events() within its caller.</summary>
    private static void ResetPathEvents(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private.Write();
        priv.PathGoneMask = 0;
        priv.PathNewMask = 0;
    }

    /// <summary>Models ccw_device_handle_broken_paths().</summary>
    private void HandleBrokenPaths(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_handle_broken_paths");
        var sch = cdev.Read().Sch.Read();
        var priv = cdev.Read().Private.Write();
        var broken = (byte)((sch.Schib.Pmcw.Pam & sch.Opm) ^ sch.Vpm);
        if (broken != 0 && priv.PathBrokenMask != broken) cio.Recovery.Schedule();
        priv.PathBrokenMask = broken;
    }
}
