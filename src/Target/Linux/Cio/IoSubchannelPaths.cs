using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>What a subchannel does when a channel path goes or comes (io_subchannel_chp_event, device.c).</summary>
/// <remarks>
/// Only the guest's own vary is modelled. CHP_OFFLINE and CHP_ONLINE follow channel reports and event information about paths,
/// and CHP_FCES_EVENT those about their security, and the host has none of them.
/// </remarks>
internal sealed class IoSubchannelPaths(CioSubsystem cio)
{
    private readonly GuestKernel k = cio.Kernel;

    /// <summary>Models io_subchannel_chp_event() with CHP_VARY_OFF or CHP_VARY_ON. Called with sch->lock held.</summary>
    public async SimTask Vary(Ptr<Subchannel> sch, byte chpid, bool on)
    {
        using var frame = k.Enter("io_subchannel_chp_event");
        var cdev = CioSubsystem.GetCdev(sch);
        var mask = sch.Read().Ssd.MaskOf(chpid);
        if (mask == 0) return;
        if (on)
        {
            sch.Write().Opm |= mask;
            sch.Write().Lpm |= mask;
            if (!cdev.IsNull) cdev.Read().Private.Write().PathNewMask |= mask;
            await Verify(sch);
            return;
        }
        sch.Write().Opm &= (byte)~mask;
        sch.Write().Lpm &= (byte)~mask;
        if (!cdev.IsNull) cdev.Read().Private.Write().PathGoneMask |= mask;
        await TerminatePath(sch, mask);
    }

    /// <summary>Models io_subchannel_verify(). Called with sch->lock held.</summary>
    public async SimTask Verify(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("io_subchannel_verify");
        var cdev = CioSubsystem.GetCdev(sch);
        if (!cdev.IsNull) await cio.Fsm.Event(cdev, DevEvent.Verify);
        else if (!k.Variant.Has(Defects.VerifyNeedsCdev)) cio.Css.ScheduleEval(sch.Read().Id);
        if (k.Variant.Has(Remedies.DetachLast) && DetachLast.IsGoing(cdev)) cio.Css.ScheduleEval(sch.Read().Id);
    }

    /// <summary>Models io_subchannel_terminate_path(): I/O on the path is ended, the others are verified.</summary>
    private async SimTask TerminatePath(Ptr<Subchannel> sch, byte mask)
    {
        using var frame = k.Enter("io_subchannel_terminate_path");
        var cdev = CioSubsystem.GetCdev(sch);
        if (cdev.IsNull) return;
        var failed = cio.Ops.UpdateSchib(sch) != 0;
        if (!failed && CioOps.Actl(sch) != 0 && sch.Read().Schib.Pmcw.Lpum == mask)
        {
            if (cdev.Read().Private.Read().State == DevState.Online) await cio.Fsm.KillIo(cdev);
            else failed = cio.Ops.Clear(sch) != 0;
        }
        await cio.Fsm.Event(cdev, failed ? DevEvent.NotOper : DevEvent.Verify);
    }
}
