using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Path verification: SENSE PGID on each path if the driver wants path groups, else a NO-OP (device_pgid.c).</summary>
/// <remarks>
/// virtio_ccw wants none. The host's devices reject SENSE PGID, so that verification goes on without groups: SET PGID, and with
/// it DISBAND_PGID, are not reachable.
/// </remarks>
internal sealed class PathVerification
{
    private readonly CioSubsystem cio;
    private readonly PathGroupSense sense;
    private readonly PathNoop noop;

    public PathVerification(CioSubsystem cio)
    {
        this.cio = cio;
        noop = new PathNoop(cio);
        sense = new PathGroupSense(cio, noop);
    }

    /// <summary>Models ccw_device_verify_start().</summary>
    public async SimTask Start(Ptr<CcwDevice> cdev)
    {
        using var frame = cio.Kernel.Enter("ccw_device_verify_start");
        var priv = cdev.Read().Private.Write();
        priv.PathGroup = (priv.Options & CcwDeviceOptions.DoPathGroup) != 0;
        priv.Multipath = (priv.Options & CcwDeviceOptions.DoMultipath) != 0;
        priv.DoVerify = false;
        priv.PathNoIrqMask = 0;
        PathRequest.Reset(cdev);
        if (priv.PathGroup) await sense.Start(cdev);
        else await noop.Start(cdev);
    }
}

/// <summary>What both ways of verification share.</summary>
internal abstract class PathRequest(CioSubsystem cio) : CcwRequestOwner
{
    protected CioSubsystem Cio => cio;

    /// <summary>The first part of verify_start(): no path is verified.</summary>
    public static void Reset(Ptr<CcwDevice> cdev)
    {
        var sch = cdev.Read().Sch.Write();
        sch.Vpm = 0;
        sch.Lpm = sch.Schib.Pmcw.Pam;
        cdev.Read().Private.Write().PathNotOperMask = 0;
    }

    /// <summary>The second part of verify_start(): a request that goes from path to path.</summary>
    public async SimTask Start(Ptr<CcwDevice> cdev)
    {
        cdev.Read().Private.Write().Request.Prepare(this, cio.InternalCcw(cdev), 0x80, singlePath: true);
        await Do(cdev);
    }

    /// <summary>Models nop_callback() and snid_callback(), within its caller: one path after the other.</summary>
    public override async SimTask Callback(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = cio.Kernel.Enter(CallbackName);
        var priv = cdev.Read().Private.Write();
        var path = (byte)priv.Request.Lpm;
        switch (result)
        {
            case 0:
                PathVerified(cdev, path);
                break;
            case -Errno.ETIME:
                priv.PathNoIrqMask |= path;
                break;
            case -Errno.EACCES:
                priv.PathNotOperMask |= path;
                break;
            default:
                await Failed(cdev, result);
                return;
        }
        priv.Request.Lpm >>= 1;
        await Do(cdev);
    }

    protected abstract string CallbackName { get; }

    protected abstract void PathVerified(Ptr<CcwDevice> cdev, byte path);

    protected abstract SimTask Failed(Ptr<CcwDevice> cdev, int result);

    /// <summary>Starts the request on the next path, or ends.</summary>
    protected abstract SimTask Do(Ptr<CcwDevice> cdev);

    /// <summary>Models verify_done().</summary>
    protected async SimTask VerifyDone(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = cio.Kernel.Enter("verify_done");
        var sch = cdev.Read().Sch;
        var mpath = cdev.Read().Private.Read().Multipath;
        if (result == 0 && sch.Read().Config.Mp != mpath)
        {
            sch.Write().Config = sch.Read().Config with { Mp = mpath };
            result = cio.Ops.CommitConfig(sch);
        }
        await cio.Fsm.VerifyDone(cdev, result);
    }
}

/// <summary>A NO-OP on each path.</summary>
internal sealed class PathNoop(CioSubsystem cio) : PathRequest(cio)
{
    private const byte CcwCmdNoop = 0x03;

    protected override string CallbackName => "nop_callback";

    /// <summary>Models nop_filter() within its caller: only the subchannel status might tell of a path error.</summary>
    public override IoStatus Filter(in Channel.Irb irb, IoStatus status) =>
        status == IoStatus.StatusError && irb.Scsw.Cstat() == 0 ? IoStatus.Done : status;

    protected override void PathVerified(Ptr<CcwDevice> cdev, byte path) => cdev.Read().Sch.Write().Vpm |= path;

    protected override SimTask Failed(Ptr<CcwDevice> cdev, int result) => VerifyDone(cdev, result);

    /// <summary>Models nop_do() within its caller.</summary>
    protected override async SimTask Do(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private.Write();
        var sch = cdev.Read().Sch;
        var usable = sch.Read().Schib.Pmcw.Pam & sch.Read().Opm & ~priv.PathNoIrqMask;
        priv.Request.Lpm = CcwRequests.AdjustLpm(priv.Request.Lpm, usable);
        if (priv.Request.Lpm == 0)
        {
            await VerifyDone(cdev, sch.Read().Vpm != 0 ? 0 : -Errno.EACCES);
            return;
        }
        Cio.WriteCcw(priv.Request.Program, CcwCmdNoop, CioSubsystem.CcwFlagSli, 0, 0);
        await Cio.Requests.Start(cdev);
    }
}

/// <summary>SENSE PGID on each path, even on those that were varied off.</summary>
internal sealed class PathGroupSense(CioSubsystem cio, PathNoop noop) : PathRequest(cio)
{
    private const byte CcwCmdSensePgid = 0x34;
    private const ushort PgidSize = 12;

    protected override string CallbackName => "snid_callback";

    protected override void PathVerified(Ptr<CcwDevice> cdev, byte path) =>
        Cio.Kernel.World.Assert(false, "a virtual device accepted SENSE PGID");

    /// <summary>Models snid_done() for a failure: without support for path groups verification starts again without them.</summary>
    protected override async SimTask Failed(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = Cio.Kernel.Enter("snid_done");
        if (result != -Errno.EOPNOTSUPP)
        {
            await VerifyDone(cdev, result);
            return;
        }
        var priv = cdev.Read().Private.Write();
        priv.PathGroup = false;
        priv.Multipath = false;
        Reset(cdev);
        await noop.Start(cdev);
    }

    /// <summary>Models snid_do() and snid_build_cp(), within its caller.</summary>
    protected override async SimTask Do(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private.Write();
        var usable = cdev.Read().Sch.Read().Schib.Pmcw.Pam & ~priv.PathNoIrqMask;
        priv.Request.Lpm = CcwRequests.AdjustLpm(priv.Request.Lpm, usable);
        if (priv.Request.Lpm == 0)
        {
            await Failed(cdev, priv.PathNoIrqMask != 0 ? -Errno.ETIME : -Errno.EACCES);
            return;
        }
        Cio.WriteCcw(priv.Request.Program, CcwCmdSensePgid, CioSubsystem.CcwFlagSli, PgidSize, Cio.PgidData(cdev));
        await Cio.Requests.Start(cdev);
    }
}
