using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy TellQuiesced: I/O has ended when its driver is told so.</summary>
internal static class TellQuiesced
{
    /// <summary>Quiesces a device that is not operational: its driver cannot reset it, so the host has to be done with it before.</summary>
    public static async SimTask QuiesceDead(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        if (cdev.Read().Private.Read().State != DevState.NotOper) return;
        await cio.LockCcw(cdev);
        await cio.Devices.QuiesceUnlocked(cdev, cdev.Read().Sch);
    }
}
