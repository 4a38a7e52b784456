using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Issuing I/O instructions for a subchannel and interpreting their condition codes (cio.c).</summary>
/// <remarks>Everything here is one unit under sch->lock. Results are 0 or a negative errno.</remarks>
internal sealed class CioOps(CioSubsystem cio)
{
    private const int CommitRetries = 5;
    private readonly GuestKernel k = cio.Kernel;

    private ChannelSubsystem Channel => k.Channel;

    /// <summary>Models cio_update_schib(). -ENODEV: no such subchannel; -EACCES: no valid device on it.</summary>
    public int UpdateSchib(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("cio_update_schib");
        if (Stsch(sch, out var schib) != 0) return -Errno.ENODEV;
        if (!schib.HasDevice())
        {
            sch.Write().Schib = k.Variant.Has(Defects.StartEnaBeforeDnv) ? schib : default;
            return -Errno.EACCES;
        }
        sch.Write().Schib = schib;
        return k.Variant.Has(Remedies.NewDevice) && NewDevice.HasLostConfig(sch) ? -Errno.ENODEV : 0;
    }

    /// <summary>Models cio_commit_config(): brings the subchannel to the wanted configuration.</summary>
    public int CommitConfig(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("cio_commit_config");
        if (Stsch(sch, out var schib) != 0 || !schib.HasDevice()) return -Errno.ENODEV;
        var result = 0;
        for (var retry = 0; retry < CommitRetries; retry++)
        {
            var config = sch.Read().Config;
            schib = schib.WithConfig(config);
            switch (Channel.ModifySubchannel(sch.Read().Id, schib))
            {
                case InstructionResult.Cc0:
                    if (Stsch(sch, out schib) != 0 || !schib.HasDevice()) return -Errno.ENODEV;
                    if (schib.HasConfig(config))
                    {
                        sch.Write().Schib = schib;
                        return 0;
                    }
                    result = -Errno.EAGAIN;
                    break;
                case InstructionResult.Cc1:
                    result = -Errno.EBUSY;
                    if (Channel.TestSubchannel(sch.Read().Id, out _) != InstructionResult.Cc0) return result;
                    cio.Watch?.Collected(sch);
                    break;
                case InstructionResult.Cc2:
                    result = -Errno.EBUSY;
                    break;
                case InstructionResult.Cc3:
                    return -Errno.ENODEV;
                default:
                    return -Errno.EIO;
            }
        }
        return result;
    }

    /// <summary>Models cio_enable_subchannel().</summary>
    public int Enable(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("cio_enable_subchannel");
        if (cio.IsPseudo(sch)) return -Errno.EINVAL;
        if (UpdateSchib(sch) != 0) return -Errno.ENODEV;
        sch.Write().Config = sch.Read().Config with { Ena = true, Isc = CioSubsystem.IoSchIsc, Intparm = sch.Address };
        var result = CommitConfig(sch);
        if (result != -Errno.EIO) return result;
        sch.Write().Config = sch.Read().Config with { Csense = false };
        return CommitConfig(sch);
    }

    /// <summary>Models cio_disable_subchannel().</summary>
    public int Disable(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("cio_disable_subchannel");
        if (cio.IsPseudo(sch)) return 0;
        if (UpdateSchib(sch) != 0) return -Errno.ENODEV;
        sch.Write().Config = sch.Read().Config with { Ena = false };
        return CommitConfig(sch);
    }

    /// <summary>Models cio_start_key().</summary>
    /// <param name="sch">The subchannel.</param>
    /// <param name="cpa">Guest address of the channel program.</param>
    /// <param name="lpm">Paths to use, 0 for all.</param>
    public int Start(Ptr<Subchannel> sch, uint cpa, byte lpm)
    {
        using var frame = k.Enter("cio_start_key");
        // The ORB lies in io_private: an access to it.
        var suspend = sch.Read().IoPrivate.Write().AllowSuspend;
        var orb = new Orb
        {
            InterruptionParameter = sch.Address,
            Control = OrbControl.Format | OrbControl.Prefetch | OrbControl.Format2Idaw
                | (suspend ? OrbControl.Suspend : OrbControl.None),
            Lpm = lpm != 0 ? lpm : sch.Read().Lpm,
            Cpa = cpa,
        };
        cio.Watch?.Starting(sch, cpa);
        switch (Channel.StartSubchannel(sch.Read().Id, orb))
        {
            case InstructionResult.Cc0:
                cio.Watch?.Started(sch);
                AddActl(sch, ScswBits.ActlStartPending);
                return 0;
            case InstructionResult.Cc1 or InstructionResult.Cc2:
                return -Errno.EBUSY;
            case InstructionResult.Cc3:
                return StartHandleNotOper(sch, lpm);
            default:
                k.World.Fail(ViolationKind.Protocol, "SSCH ended with a program check", "ORB");
                return 0;
        }
    }

    /// <summary>Models cio_halt().</summary>
    public int Halt(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("cio_halt");
        switch (Channel.HaltSubchannel(sch.Read().Id))
        {
            case InstructionResult.Cc0:
                AddActl(sch, ScswBits.ActlHaltPending);
                return 0;
            case InstructionResult.Cc1 or InstructionResult.Cc2:
                return -Errno.EBUSY;
            default:
                return -Errno.ENODEV;
        }
    }

    /// <summary>Models cio_clear().</summary>
    public int Clear(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("cio_clear");
        if (Channel.ClearSubchannel(sch.Read().Id) != InstructionResult.Cc0) return -Errno.ENODEV;
        AddActl(sch, ScswBits.ActlClearPending);
        return 0;
    }

    /// <summary>Models cio_cancel().</summary>
    public int Cancel(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("cio_cancel");
        var cc = Channel.CancelSubchannel(sch.Read().Id);
        if (cc == InstructionResult.Cc0) cio.Watch?.Collected(sch);
        return cc switch
        {
            InstructionResult.Cc0 => UpdateSchib(sch) != 0 ? -Errno.ENODEV : 0,
            InstructionResult.Cc1 => -Errno.EBUSY,
            InstructionResult.Cc2 => -Errno.EINVAL,
            _ => -Errno.ENODEV,
        };
    }

    /// <summary>Models cio_cancel_halt_clear() with ccw_device_cancel_halt_clear(): one round of stopping I/O.</summary>
    /// <returns>0 idle, -EBUSY an interrupt is to come, -ENODEV gone, -EIO out of retries.</returns>
    public int CancelHaltClear(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("cio_cancel_halt_clear");
        var sch = cdev.Read().Sch;
        var priv = cdev.Read().Private;
        if (UpdateSchib(sch) != 0) return -Errno.ENODEV;
        if (!sch.Read().Schib.Pmcw.IsEnabled) return 0;
        if ((Actl(sch) & (ScswBits.ActlHaltPending | ScswBits.ActlClearPending)) == 0)
        {
            var cancelled = Cancel(sch);
            if (cancelled != -Errno.EINVAL) return cancelled;
            priv.Write().Iretry = 3;
        }
        if ((Actl(sch) & ScswBits.ActlClearPending) == 0)
        {
            if (priv.Read().Iretry != 0)
            {
                priv.Write().Iretry--;
                var halted = Halt(sch);
                if (halted != -Errno.EBUSY) return halted == 0 ? -Errno.EBUSY : halted;
            }
            priv.Write().Iretry = 255;
        }
        if (priv.Read().Iretry == 0) return -Errno.EIO;
        priv.Write().Iretry--;
        var cleared = Clear(sch);
        return cleared == 0 ? -Errno.EBUSY : cleared;
    }

    /// <summary>The cached activity control.</summary>
    public static int Actl(Ptr<Subchannel> sch) => sch.Read().Schib.Scsw.Actl();

    private int Stsch(Ptr<Subchannel> sch, out Schib schib) => (int)Channel.StoreSubchannel(sch.Read().Id, out schib);

    /// <summary>Models cio_start_handle_notoper().</summary>
    private int StartHandleNotOper(Ptr<Subchannel> sch, byte lpm)
    {
        using var frame = k.Enter("cio_start_handle_notoper");
        sch.Write().Lpm = lpm != 0 ? (byte)(sch.Read().Lpm & ~lpm) : (byte)0;
        if (UpdateSchib(sch) != 0) return -Errno.ENODEV;
        return sch.Read().Lpm != 0 ? -Errno.EACCES : -Errno.ENODEV;
    }

    private static void AddActl(Ptr<Subchannel> sch, int actl)
    {
        var scsw = sch.Read().Schib.Scsw;
        scsw.Control |= (ScswControl)(actl << 5);
        sch.Write().SetScsw(scsw);
    }
}
