using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>What a ccw driver's handler is given: a status, or an error instead of one (ERR_PTR).</summary>
/// <param name="Error">0, or the negative errno that takes the status's place.</param>
/// <param name="Cc">Deferred condition code.</param>
/// <param name="Stctl">Status control.</param>
/// <param name="Dstat">Device status.</param>
/// <param name="Cstat">Subchannel status.</param>
/// <param name="Sense0">First byte of the extended control word.</param>
public readonly record struct InterruptStatus(int Error, int Cc, int Stctl, byte Dstat, byte Cstat, byte Sense0)
{
    /// <summary>An error instead of a status.</summary>
    public static InterruptStatus FromError(int error) => new(error, 0, 0, 0, 0, 0);

    /// <summary>The raw status of an interrupt.</summary>
    public static InterruptStatus FromIrb(in Irb irb) =>
        new(0, irb.Scsw.DeferredCc, irb.Scsw.Stctl(), irb.Scsw.Dstat(), irb.Scsw.Cstat(), irb.Ecw[0]);
}

/// <summary>Status accumulated over the interrupts of one I/O (private->dma_area->irb).</summary>
public struct AccumulatedStatus
{
    /// <summary>Deferred condition code.</summary>
    public int Cc { get; set; }

    /// <summary>Function control.</summary>
    public int Fctl { get; set; }

    /// <summary>Activity control.</summary>
    public int Actl { get; set; }

    /// <summary>Status control.</summary>
    public int Stctl { get; set; }

    /// <summary>Device status.</summary>
    public byte Dstat { get; set; }

    /// <summary>Subchannel status.</summary>
    public byte Cstat { get; set; }

    /// <summary>Path not operational.</summary>
    public bool Pno { get; set; }

    /// <summary>Residual count.</summary>
    public ushort Count { get; set; }

    /// <summary>Sense data is there (erw.cons).</summary>
    public bool Cons { get; set; }

    /// <summary>First sense byte.</summary>
    public byte Sense0 { get; set; }

    /// <summary>As a driver's handler sees it.</summary>
    public readonly InterruptStatus ForDriver() => new(0, Cc, Stctl, Dstat, Cstat, Sense0);
}

/// <summary>Accumulating status and sensing (device_status.c).</summary>
internal sealed class DeviceStatus(CioSubsystem cio)
{
    private const ushort CcwCmdBasicSense = 0x04;
    private const ushort SenseMaxCount = 0x20;
    private readonly GuestKernel k = cio.Kernel;

    /// <summary>Models ccw_device_accumulate_irb().</summary>
    public void AccumulateIrb(Ptr<CcwDevice> cdev, in Irb irb)
    {
        using var frame = k.Enter("ccw_device_accumulate_irb");
        var scsw = irb.Scsw;
        if ((scsw.Stctl() & ScswBits.StctlPending) == 0) return;
        if (scsw.Pno()) PathNotOper(cdev);
        if (!scsw.IsSolicited()) return;
        var priv = cdev.Read().Private.Write();
        var own = priv.Irb;
        if ((scsw.Fctl() & ScswBits.FctlClear) != 0) own = default;
        if ((scsw.Fctl() & ScswBits.FctlStart) != 0) own.Cc |= scsw.DeferredCc;
        own.Pno |= scsw.Pno();
        if ((scsw.Flags & ScswFlags.ExtendedControl) != 0 && (scsw.Stctl() & ScswBits.StctlAlert) != 0) own.Sense0 = irb.Ecw[0];
        own.Fctl |= scsw.Fctl();
        own.Actl = scsw.Actl();
        own.Stctl |= scsw.Stctl();
        if ((scsw.Stctl() & ~ScswBits.StctlPending) != 0) own.Dstat |= scsw.Dstat();
        own.Cstat |= scsw.Cstat();
        if ((scsw.Stctl() & ScswBits.StctlPrimary) != 0 && (scsw.Cstat() & ~(ScswBits.CstatPci | ScswBits.CstatIncorrectLength)) == 0)
            own.Count = scsw.Count;
        own.Cons = irb.HasConcurrentSense();
        if ((own.Dstat & ScswBits.DstatUnitCheck) != 0 && !own.Cons) priv.DoSense = true;
        priv.Irb = own;
    }

    /// <summary>Models ccw_device_do_sense(): starts BASIC SENSE into the accumulated status's sense bytes.</summary>
    /// <returns>0, or a negative errno.</returns>
    public async SimTask<int> DoSense(Ptr<CcwDevice> cdev, Irb irb)
    {
        using var frame = k.Enter("ccw_device_do_sense");
        if ((irb.Scsw.Actl() & (ScswBits.ActlDeviceActive | ScswBits.ActlSubchannelActive)) != 0) return -Errno.EBUSY;
        var sch = cdev.Read().Sch;
        var ccw = sch.Read().IoPrivate.Read().SenseCcw;
        cio.WriteCcw(ccw, (byte)CcwCmdBasicSense, CioSubsystem.CcwFlagSli, SenseMaxCount, cio.SenseBytes(cdev));
        var rc = cio.Ops.Start(sch, ccw, 0xff);
        if (rc is -Errno.ENODEV or -Errno.EACCES) await cio.Fsm.Event(cdev, DevEvent.Verify);
        return rc;
    }

    /// <summary>Models ccw_device_accumulate_basic_sense().</summary>
    public void AccumulateBasicSense(Ptr<CcwDevice> cdev, in Irb irb)
    {
        using var frame = k.Enter("ccw_device_accumulate_basic_sense");
        if ((irb.Scsw.Stctl() & ScswBits.StctlPending) == 0) return;
        if (irb.Scsw.Pno()) PathNotOper(cdev);
        if ((irb.Scsw.Dstat() & ScswBits.DstatUnitCheck) == 0 && (irb.Scsw.Dstat() & ScswBits.DstatChannelEnd) != 0) TakeSense(cdev);
    }

    /// <summary>Models ccw_device_accumulate_and_sense().</summary>
    /// <returns>0 if the status is complete, -EBUSY if more is to come.</returns>
    public async SimTask<int> AccumulateAndSense(Ptr<CcwDevice> cdev, Irb irb)
    {
        using var frame = k.Enter("ccw_device_accumulate_and_sense");
        AccumulateIrb(cdev, irb);
        if ((irb.Scsw.Actl() & (ScswBits.ActlDeviceActive | ScswBits.ActlSubchannelActive)) != 0) return -Errno.EBUSY;
        if (!cdev.Read().Private.Read().DoSense) return 0;
        if ((irb.Scsw.Dstat() & ScswBits.DstatUnitCheck) == 0)
        {
            TakeSense(cdev);
            return 0;
        }
        await DoSense(cdev, irb);
        return -Errno.EBUSY;
    }

    private void TakeSense(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private.Write();
        priv.Irb = priv.Irb with { Cons = true, Sense0 = k.Memory.Read8(cio.SenseBytes(cdev)) };
        priv.DoSense = false;
    }

    /// <summary>Models ccw_device_path_notoper().</summary>
    private void PathNotOper(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_path_notoper");
        var sch = cdev.Read().Sch;
        if (cio.Ops.UpdateSchib(sch) == 0) sch.Write().Lpm &= (byte)~sch.Read().Schib.Pmcw.Pnom;
        cdev.Read().Private.Write().DoVerify = true;
    }
}
