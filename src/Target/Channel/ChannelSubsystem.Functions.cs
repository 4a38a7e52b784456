using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Channel;

/// <content>Instructions that start, end or resume a function at a subchannel.</content>
public sealed partial class ChannelSubsystem
{
    private const byte OnlyPath = 0x80;

    /// <summary>Models ioinst_handle_ssch() with css_do_ssch(): START SUBCHANNEL.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="orb">What to do.</param>
    /// <returns>Cc0, Cc1 if status is pending, Cc2 if busy, Cc3 if absent or not enabled, OperandException for a bad block.</returns>
    public InstructionResult StartSubchannel(SubchannelId id, in Orb orb)
    {
        using var _ = world.Enter("ioinst_handle_ssch");
        if (!orb.IsValid) return Finish(IoInstruction.Ssch, id, InstructionResult.OperandException);
        if (Operand(id) is not { IsOperational: true } sch) return Finish(IoInstruction.Ssch, id, InstructionResult.Cc3);
        ref var scsw = ref sch.Status.Scsw;
        if (scsw.IsStatusPending) return Finish(IoInstruction.Ssch, id, InstructionResult.Cc1);
        if (scsw.Functions != 0) return Finish(IoInstruction.Ssch, id, InstructionResult.Cc2);
        if (IsDeferred) ForgetOldStatus(ref scsw);
        sch.SetOrb(in orb);
        sch.ChannelProgram = orb.Cpa;
        scsw.Control |= ScswControl.Start | ScswControl.StartPending;
        scsw.Flags &= ~ScswFlags.PathNotOperational;
        sch.Starts++;
        if (IsDeferred) Watch?.Accepted(sch);
        return Accept(IoInstruction.Ssch, id, sch);
    }

    /// <summary>Models ioinst_handle_rsch() with css_do_rsch(): RESUME SUBCHANNEL.</summary>
    /// <returns>Cc0, Cc1 if status is pending, Cc2 if nothing is suspended, Cc3 if absent or not enabled.</returns>
    public InstructionResult ResumeSubchannel(SubchannelId id)
    {
        using var _ = world.Enter("ioinst_handle_rsch");
        if (Operand(id) is not { IsOperational: true } sch) return Finish(IoInstruction.Rsch, id, InstructionResult.Cc3);
        ref var scsw = ref sch.Status.Scsw;
        if (scsw.IsStatusPending) return Finish(IoInstruction.Rsch, id, InstructionResult.Cc1);
        if (scsw.Functions != ScswControl.Start
            || (scsw.Control & (ScswControl.ResumePending | ScswControl.Suspended)) != ScswControl.Suspended)
            return Finish(IoInstruction.Rsch, id, InstructionResult.Cc2);
        scsw.Control |= ScswControl.ResumePending;
        return Accept(IoInstruction.Rsch, id, sch);
    }

    /// <summary>Models ioinst_handle_hsch() with css_do_hsch(): HALT SUBCHANNEL.</summary>
    /// <returns>Cc0, Cc1 if status is pending, Cc2 if halt or clear is in progress, Cc3 if absent or not enabled.</returns>
    public InstructionResult HaltSubchannel(SubchannelId id)
    {
        using var _ = world.Enter("ioinst_handle_hsch");
        if (Operand(id) is not { IsOperational: true } sch) return Finish(IoInstruction.Hsch, id, InstructionResult.Cc3);
        ref var scsw = ref sch.Status.Scsw;
        if (scsw.Statuses == ScswControl.StatusPending
            || (scsw.Control & (ScswControl.Primary | ScswControl.Secondary | ScswControl.Alert)) != 0)
            return Finish(IoInstruction.Hsch, id, InstructionResult.Cc1);
        if ((scsw.Control & (ScswControl.Halt | ScswControl.Clear)) != 0) return Finish(IoInstruction.Hsch, id, InstructionResult.Cc2);
        scsw.Control |= ScswControl.Halt;
        scsw.Control &= ~ScswControl.Start;
        if (scsw.Activities == (ScswControl.SubchannelActive | ScswControl.DeviceActive) && scsw.Statuses == ScswControl.Intermediate)
            scsw.Control &= ~ScswControl.StatusPending;
        scsw.Control |= ScswControl.HaltPending;
        return Accept(IoInstruction.Hsch, id, sch);
    }

    /// <summary>Models ioinst_handle_csch() with css_do_csch(): CLEAR SUBCHANNEL.</summary>
    /// <returns>Cc0, or Cc3 if absent or not enabled.</returns>
    public InstructionResult ClearSubchannel(SubchannelId id)
    {
        using var _ = world.Enter("ioinst_handle_csch");
        if (Operand(id) is not { IsOperational: true } sch) return Finish(IoInstruction.Csch, id, InstructionResult.Cc3);
        ref var scsw = ref sch.Status.Scsw;
        // QEMU leaves old status control bits, although the architecture wants them gone; deferred, it would never be performed.
        scsw.Control &= ~(ScswControl.FunctionMask | ScswControl.ActivityMask | (IsDeferred ? ScswControl.StatusMask : ScswControl.None));
        if (IsDeferred) Withdraw(sch);
        scsw.Control |= ScswControl.Clear | ScswControl.ClearPending;
        return Accept(IoInstruction.Csch, id, sch);
    }

    /// <summary>Models ioinst_handle_xsch() with css_do_xsch(): CANCEL SUBCHANNEL.</summary>
    /// <returns>Cc0, Cc1 if there is status, Cc2 if there is nothing to cancel, Cc3 if absent or not enabled.</returns>
    public InstructionResult CancelSubchannel(SubchannelId id)
    {
        using var _ = world.Enter("ioinst_handle_xsch");
        const ScswControl Cancellable = ScswControl.ResumePending | ScswControl.StartPending | ScswControl.Suspended;
        if (Operand(id) is not { IsOperational: true } sch) return Finish(IoInstruction.Xsch, id, InstructionResult.Cc3);
        ref var scsw = ref sch.Status.Scsw;
        var isExchanged = Variant.Has(Defects.XschCc);
        if (scsw.Statuses != 0) return Finish(IoInstruction.Xsch, id, isExchanged ? InstructionResult.Cc2 : InstructionResult.Cc1);
        if (scsw.Functions != ScswControl.Start || (scsw.Control & Cancellable) == 0 || (scsw.Control & ScswControl.SubchannelActive) != 0)
            return Finish(IoInstruction.Xsch, id, isExchanged ? InstructionResult.Cc1 : InstructionResult.Cc2);
        scsw.Control &= ~(ScswControl.Start | Cancellable);
        sch.ChannelProgram = 0;
        sch.LastCommandValid = false;
        scsw.DeviceStatus = DeviceStatus.None;
        scsw.SubchannelStatus = SubchannelStatus.None;
        Finish(IoInstruction.Xsch, id, InstructionResult.Cc0);
        PresentWithheld(sch);
        return InstructionResult.Cc0;
    }

    private static void PerformClear(HostSubchannel sch)
    {
        ref var status = ref sch.Status;
        status.Pmcw.Pom = 0xff;
        status.Scsw.Flags &= ~ScswFlags.PathNotOperational;
        sch.ChannelProgram = 0;
        sch.LastCommandValid = false;
        status.Scsw.Control &= ~ScswControl.ClearPending;
        status.Scsw.Control |= ScswControl.StatusPending;
        status.Scsw.DeviceStatus = DeviceStatus.None;
        status.Scsw.SubchannelStatus = SubchannelStatus.None;
        status.Pmcw.Lpum = OnlyPath;
    }

    private static void PerformHalt(HostSubchannel sch)
    {
        ref var status = ref sch.Status;
        var at = sch.ChannelProgram;
        sch.ChannelProgram = 0;
        sch.LastCommandValid = false;
        status.Scsw.Control &= ~ScswControl.HaltPending;
        status.Scsw.Control |= ScswControl.StatusPending;
        var active = (status.Scsw.Control & (ScswControl.SubchannelActive | ScswControl.DeviceActive)) != 0;
        var suspended = (status.Scsw.Control & ScswControl.Suspended) != 0;
        if (active || (!suspended && (status.Scsw.Control & ScswControl.StartPending) == 0))
            status.Scsw.DeviceStatus = DeviceStatus.DeviceEnd;
        if (active || suspended) status.Scsw.Cpa = (uint)(at + Ccw.Size);
        status.Scsw.SubchannelStatus = SubchannelStatus.None;
        status.Pmcw.Lpum = OnlyPath;
    }

    private InstructionResult Accept(IoInstruction instruction, SubchannelId id, HostSubchannel sch)
    {
        Finish(instruction, id, InstructionResult.Cc0);
        if (IsDeferred) Defer(sch);
        else Perform(sch);
        return InstructionResult.Cc0;
    }

    /// <summary>Models do_subchannel_work_virtual(): performs the pending function and presents its end.</summary>
    private void Perform(HostSubchannel sch)
    {
        using var _ = world.Enter("do_subchannel_work_virtual");
        var functions = sch.Status.Scsw.Functions;
        if (functions == 0) world.Fail(ViolationKind.HostAssert, "do_subchannel_work without a function to perform", "struct SubchDev");
        if ((functions & ScswControl.Clear) != 0) PerformClear(sch);
        else if ((functions & ScswControl.Halt) != 0) PerformHalt(sch);
        else program.Start(sch);
        InjectInterrupt(sch);
    }
}
