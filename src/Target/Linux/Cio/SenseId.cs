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
