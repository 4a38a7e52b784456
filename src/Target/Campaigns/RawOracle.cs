using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Campaigns;

/// <summary>How a raw channel program has to end.</summary>
/// <param name="Start">Result of START SUBCHANNEL.</param>
/// <param name="Control">Function, activity and status control in the interruption response block.</param>
/// <param name="DeviceStatus">Device status.</param>
/// <param name="SubchannelStatus">Subchannel status.</param>
/// <param name="Count">Residual count.</param>
/// <param name="DeferredCc">Deferred condition code.</param>
/// <param name="Offset">Channel program address in the status less that of the program; -1 if it does not matter.</param>
internal readonly record struct RawExpectation(
    InstructionResult Start, ScswControl Control, DeviceStatus DeviceStatus, SubchannelStatus SubchannelStatus, int Count,
    int DeferredCc = 0, int Offset = -1);

/// <summary>What device-stack.md 6.2 to 6.4 say about a channel program: tables, without the code that runs it.</summary>
internal static class RawOracle
{
    private const ScswControl Ended = ScswControl.Start | ScswControl.Primary | ScswControl.Secondary | ScswControl.StatusPending;

    /// <summary>How the command itself ends.</summary>
    private enum Outcome
    {
        Done,
        Check,
        Reject,
    }

    /// <summary>How the program ends.</summary>
    public static RawExpectation Expect(RawCommand command, RawForm form, in RawState state)
    {
        var expected = ExpectNew(command, form, in state);
        // A deferred condition code stays for ever in QEMU; the architecture has it for one function.
        return expected.DeferredCc != 0 || state.IsDeferred ? expected : expected with { DeferredCc = state.DeferredCc };
    }

    private static RawExpectation ExpectNew(RawCommand command, RawForm form, in RawState state)
    {
        var residual = (int)state.Residual;
        switch (form)
        {
            case RawForm.BadOrb:
                return new(InstructionResult.OperandException, 0, 0, 0, residual);
            case RawForm.NoPath:
                const ScswControl Refused = ScswControl.Start | ScswControl.StartPending | ScswControl.Alert | ScswControl.StatusPending;
                return new(InstructionResult.Cc0, Refused, 0, 0, residual, DeferredCc: 3);
            case RawForm.Cancel:
                return new(InstructionResult.Cc0, 0, 0, 0, residual);
            case RawForm.Halt:
                const ScswControl Halted = ScswControl.Halt | ScswControl.Suspended | ScswControl.StatusPending;
                return new(InstructionResult.Cc0, Halted, 0, 0, residual, Offset: EndOf(form));
            case RawForm.Clear:
                return new(InstructionResult.Cc0, ScswControl.Clear | ScswControl.StatusPending, 0, 0, residual);
        }
        var outcome = IsProgramBad(command, form, in state) ? (Outcome.Check, residual) : Command(command, form, in state);
        return Describe(outcome.Item1, outcome.Item2, form);
    }

    /// <summary>Table 6.3, the mapping of results.</summary>
    private static RawExpectation Describe(Outcome outcome, int residual, RawForm form) => outcome switch
    {
        Outcome.Done => new(
            InstructionResult.Cc0, Ended, DeviceStatus.ChannelEnd | DeviceStatus.DeviceEnd, 0, residual, Offset: EndOf(form)),
        Outcome.Check => new(
            InstructionResult.Cc0, Ended | ScswControl.Alert, 0, SubchannelStatus.ProgramCheck, residual, Offset: EndOf(form)),
        _ => new(InstructionResult.Cc0, Ended | ScswControl.Alert, DeviceStatus.UnitCheck, 0, residual, Offset: EndOf(form)),
    };

    /// <summary>Where the program ends: behind its last CCW.</summary>
    private static int EndOf(RawForm form) => form switch
    {
        RawForm.Chained or RawForm.TicCount or RawForm.Suspend or RawForm.SuspendRefused or RawForm.Halt => 16,
        RawForm.TicTic => 24,
        RawForm.Tic => RawProgram.FarCcw + 8,
        RawForm.Misaligned => RawProgram.Misalignment + 8,
        RawForm.Format0Tic => RawProgram.FarCcw + 8,
        _ => 8,
    };

    /// <summary>The checks of each CCW before its command is looked at (6.3).</summary>
    private static bool IsProgramBad(RawCommand command, RawForm form, in RawState state) => form switch
    {
        RawForm.TicTic or RawForm.TicCount or RawForm.Loop or RawForm.LoopEmpty or RawForm.Mida or RawForm.SuspendRefused
            or RawForm.Misaligned or RawForm.NoProgram or RawForm.Format0Empty => true,
        RawForm.Format0 or RawForm.Format0Far or RawForm.Format0Tic => state.CountOf(command, form) == 0,
        _ => false,
    };

    /// <summary>The rule that a form breaks or comes close to breaking: a host that answers the form wrongly breaks this rule.</summary>
    public static string RuleOf(RawForm form) => form switch
    {
        RawForm.TicTic or RawForm.TicCount or RawForm.Loop or RawForm.LoopEmpty or RawForm.Format0Tic => "transfer in channel: ",
        RawForm.Misaligned or RawForm.NoProgram => "address of a CCW: ",
        RawForm.NoAddress or RawForm.NoRam or RawForm.IdaMisaligned or RawForm.Format0Far => "data address: ",
        _ => "",
    };

    /// <summary>Table 6.4, and the commands that the channel subsystem itself knows.</summary>
    private static (Outcome Outcome, int Residual) Command(RawCommand command, RawForm form, in RawState state)
    {
        var count = state.CountOf(command, form);
        var length = state.LengthOf(command);
        var isChecked = form is not (RawForm.ShortSli or RawForm.LongSli);
        var fits = isChecked ? count == length : count >= length;
        var isReachable = form is not (RawForm.NoRam or RawForm.IdaMisaligned or RawForm.Format0Far);
        var hasPayload = fits && form != RawForm.NoAddress && isReachable;
        var isWrong = form == RawForm.Wrong;
        var isNew = state.Version == HostVersion.Qnew;
        (Outcome, int) Check(int? left = null) => (Outcome.Check, left ?? 0);
        var untouched = (int)state.Residual;
        var moved = count - length;
        if (state.ForcesRevision1 && state.Revision < 0 && IsOfVirtio(command)) return (Outcome.Reject, untouched);
        switch (command)
        {
            case RawCommand.Noop or RawCommand.VdevReset:
                return (Outcome.Done, untouched);
            case RawCommand.Unknown:
                return (Outcome.Reject, untouched);
            case RawCommand.Sense or RawCommand.SenseId:
                if (isChecked && count != length) return Check(untouched);
                if (isReachable) return (Outcome.Done, Math.Max(count - length, 0));
                return Check(command == RawCommand.Sense ? count : untouched);
            case RawCommand.ReadConf or RawCommand.WriteConf:
                return Configuration(command == RawCommand.ReadConf, count, isChecked, form, in state);
            case RawCommand.ReadStatus: // straight to the data address
                return fits && form != RawForm.NoAddress ? (Outcome.Done, moved) : Check(untouched);
            case RawCommand.SetVq:
                if (!hasPayload) return Check(untouched);
                return isWrong || form == RawForm.Size ? Check() : (Outcome.Done, 0);
            case RawCommand.SetInd:
                if (!fits) return Check(untouched);
                if (state.IsThinint || state.Queues > 64 || (isNew && state.HasIndicators)) return (Outcome.Reject, untouched);
                return hasPayload ? (Outcome.Done, moved) : Check(untouched);
            case RawCommand.SetConfInd:
                if (!fits) return Check(untouched);
                if (isNew && state.HasConfigIndicators) return (Outcome.Reject, untouched);
                return hasPayload ? (Outcome.Done, moved) : Check(untouched);
            case RawCommand.SetIndAdapter:
                if (!fits || form == RawForm.NoAddress) return Check(untouched);
                if (state.HasIndicators && !state.IsThinint) return (Outcome.Reject, untouched);
                if (isNew && (state.HasIndicators || state.HasSummary)) return (Outcome.Reject, untouched);
                if (!hasPayload) return Check(untouched);
                return isWrong && state.ChecksSubclass ? (Outcome.Reject, untouched) : (Outcome.Done, moved);
            case RawCommand.SetRev:
                if (!hasPayload) return Check(untouched);
                return state.Revision >= 0 || isWrong ? (Outcome.Reject, untouched) : (Outcome.Done, untouched);
            case RawCommand.ReadVqConf:
                return hasPayload && !isWrong ? (Outcome.Done, moved) : Check(untouched);
            default:
                return hasPayload ? (Outcome.Done, moved) : Check(untouched);
        }
    }

    /// <summary>Whether a device that wants a revision refuses a command without one: the channel subsystem knows the others.</summary>
    private static bool IsOfVirtio(RawCommand command) =>
        command is not (RawCommand.Noop or RawCommand.Sense or RawCommand.SenseId or RawCommand.SetRev);

    /// <summary>READ_CONF and WRITE_CONF may be shorter than the configuration.</summary>
    private static (Outcome Outcome, int Residual) Configuration(
        bool isRead, int count, bool isChecked, RawForm form, in RawState state)
    {
        if ((isChecked && count > state.ConfigLength) || form == RawForm.NoAddress) return (Outcome.Check, state.Residual);
        var length = Math.Min(count, state.ConfigLength);
        var isMoved = length == 0 || form is not (RawForm.NoRam or RawForm.IdaMisaligned or RawForm.Format0Far);
        // READ_CONF of 7.2 has the residual count where it failed, and only there.
        var hasResidual = isRead && state.Version == HostVersion.Q72 && !state.HasRightResiduals ? !isMoved : isMoved;
        return (isMoved ? Outcome.Done : Outcome.Check, hasResidual ? count - length : state.Residual);
    }
}
