using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>SET PGID that disbands a path group (device_pgid.c).</summary>
/// <remarks>
/// No device here has a group. But ccw_device_set_offline() puts the state back to what it was before it waited, and takes a verification
/// that has begun meanwhile, which sets flags.pgroup first, for a group. If no path is left then, spid_build_cp() writes one byte
/// behind pgid[]: known, not reported.
/// </remarks>
internal sealed class PathDisband(CioSubsystem cio) : CcwRequestOwner
{
    private const byte CcwCmdSetPgid = 0xaf;
    private const ushort PgidSize = 12;

    /// <summary>Models ccw_device_disband_start().</summary>
    public async SimTask Start(Ptr<CcwDevice> cdev)
    {
        using var frame = cio.Kernel.Enter("ccw_device_disband_start");
        var sch = cdev.Read().Sch;
        var program = cio.InternalCcw(cdev);
        cio.WriteCcw(program, CcwCmdSetPgid, CioSubsystem.CcwFlagSli, PgidSize, cio.PgidData(cdev));
        cdev.Read().Private.Write().Request.Prepare(this, program, sch.Read().Schib.Pmcw.Pam & sch.Read().Opm, singlePath: true);
        await cio.Requests.Start(cdev);
    }

    /// <summary>Models disband_callback() for a failure; a virtual device accepts no SET PGID.</summary>
    public override async SimTask Callback(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = cio.Kernel.Enter("disband_callback");
        cio.Kernel.World.Assert(result != 0, "a virtual device accepted SET PGID");
        await cio.Fsm.DisbandDone(cdev, result);
    }
}
