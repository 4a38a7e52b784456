using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Device recognition by SENSE ID (device_id.c).</summary>
internal sealed class SenseId(CioSubsystem cio) : CcwRequestOwner
{
    /// <summary>Size of the SENSE ID data in the DMA area.</summary>
    public const ushort Length = 40;

    private const byte CcwCmdSenseId = 0xe4;
    private const int MinimumLength = 4;
    private const ushort UnknownCuType = 0xffff;

    /// <summary>Models ccw_device_sense_id_start().</summary>
    public async SimTask Start(Ptr<CcwDevice> cdev)
    {
        using var frame = cio.Kernel.Enter("ccw_device_sense_id_start");
        var sch = cdev.Read().Sch;
        Initialize(cdev);
        var program = cio.InternalCcw(cdev);
        cio.WriteCcw(program, CcwCmdSenseId, CioSubsystem.CcwFlagSli, Length, cio.SenseIdData(cdev));
        cdev.Read().Private.Write().Request.Prepare(this, program, sch.Read().Schib.Pmcw.Pam & sch.Read().Opm, singlePath: false);
        await cio.Requests.Start(cdev);
    }

    /// <summary>Models snsid_check().</summary>
    public override int Check(Ptr<CcwDevice> cdev)
    {
        using var frame = cio.Kernel.Enter("snsid_check");
        var received = Length - cdev.Read().Private.Read().Irb.Count;
        var data = cio.SenseIdData(cdev);
        var memory = cio.Kernel.Memory;
        if (received < MinimumLength || memory.Read16(data + 1) == UnknownCuType)
        {
            Initialize(cdev);
            return -Errno.EAGAIN;
        }
        return memory.Read8(data) == 0xff ? 0 : -Errno.EOPNOTSUPP;
    }

    /// <summary>Models snsid_callback() and ccw_device_sense_id_done().</summary>
    public override async SimTask Callback(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = cio.Kernel.Enter("snsid_callback");
        await cio.Fsm.RecognitionDone(cdev, result switch
        {
            0 => DevState.Offline,
            -Errno.ETIME => DevState.Boxed,
            _ => DevState.NotOper,
        });
    }

    private void Initialize(Ptr<CcwDevice> cdev)
    {
        var data = cio.SenseIdData(cdev);
        cio.Kernel.Memory.Guest(data, Length).Clear();
        cio.Kernel.Memory.Write16(data + 1, UnknownCuType);
    }
}

/// <summary>Path verification without path grouping: a NO-OP on each path (device_pgid.c).</summary>
/// <remarks>virtio-ccw never asks for path grouping, so SENSE PGID and SET PGID are not reachable here.</remarks>
internal sealed class PathVerification(CioSubsystem cio) : CcwRequestOwner
{
    private const byte CcwCmdNoop = 0x03;

    /// <summary>Models ccw_device_verify_start().</summary>
    public async SimTask Start(Ptr<CcwDevice> cdev)
    {
        using var frame = cio.Kernel.Enter("ccw_device_verify_start");
        var priv = cdev.Read().Private.Write();
        var sch = cdev.Read().Sch;
        priv.DoVerify = false;
        priv.PathNoIrqMask = 0;
        sch.Write().Vpm = 0;
        sch.Write().Lpm = sch.Read().Schib.Pmcw.Pam;
        priv.PathNotOperMask = 0;
        priv.Request.Prepare(this, cio.InternalCcw(cdev), 0x80, singlePath: true);
        await NopDo(cdev);
    }

    /// <summary>Models nop_filter(): only the subchannel status might tell of a path error.</summary>
    public override IoStatus Filter(in Channel.Irb irb, IoStatus status) =>
        status == IoStatus.StatusError && irb.Scsw.Cstat() == 0 ? IoStatus.Done : status;

    /// <summary>Models nop_callback().</summary>
    public override async SimTask Callback(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = cio.Kernel.Enter("nop_callback");
        var priv = cdev.Read().Private.Write();
        var path = (byte)priv.Request.Lpm;
        switch (result)
        {
            case 0:
                cdev.Read().Sch.Write().Vpm |= path;
                break;
            case -Errno.ETIME:
                priv.PathNoIrqMask |= path;
                break;
            case -Errno.EACCES:
                priv.PathNotOperMask |= path;
                break;
            default:
                await Done(cdev, result);
                return;
        }
        priv.Request.Lpm >>= 1;
        await NopDo(cdev);
    }

    /// <summary>Models nop_do().</summary>
    private async SimTask NopDo(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private.Write();
        var sch = cdev.Read().Sch;
        var usable = sch.Read().Schib.Pmcw.Pam & sch.Read().Opm & ~priv.PathNoIrqMask;
        priv.Request.Lpm = CcwRequests.AdjustLpm(priv.Request.Lpm, usable);
        if (priv.Request.Lpm == 0)
        {
            await Done(cdev, sch.Read().Vpm != 0 ? 0 : -Errno.EACCES);
            return;
        }
        cio.WriteCcw(priv.Request.Program, CcwCmdNoop, CioSubsystem.CcwFlagSli, 0, 0);
        await cio.Requests.Start(cdev);
    }

    /// <summary>Models verify_done().</summary>
    private async SimTask Done(Ptr<CcwDevice> cdev, int result)
    {
        using var frame = cio.Kernel.Enter("verify_done");
        var sch = cdev.Read().Sch;
        if (result == 0 && sch.Read().Config.Mp)
        {
            sch.Write().Config = sch.Read().Config with { Mp = false };
            result = cio.Ops.CommitConfig(sch);
        }
        await cio.Fsm.VerifyDone(cdev, result);
    }
}
