using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Channel;

/// <content>Instructions that look at or change a subchannel without starting anything.</content>
public sealed partial class ChannelSubsystem
{
    private const uint FeatureFamily = 0x10;

    /// <summary>Models ioinst_handle_stsch() with css_do_stsch(): STORE SUBCHANNEL.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="schib">Its information block; all zero for an unused id below the highest used one.</param>
    /// <returns>Cc0, or Cc3 if there is none with this or a higher number in the set.</returns>
    public InstructionResult StoreSubchannel(SubchannelId id, out Schib schib)
    {
        using var _ = world.Enter("ioinst_handle_stsch");
        schib = default;
        if (Find(id) is not { } sch)
        {
            var final = (id.Cssid == 0 && Variant.Has(Defects.SchidFinal)) // image 0 is looked for, and there is none
                || id.Ssid > SubchannelId.MaxSsid || id.Cssid is not (0 or DefaultCssid) || sets[id.Ssid].IsFinal(id.Schid);
            return Finish(IoInstruction.Stsch, id, final ? InstructionResult.Cc3 : InstructionResult.Cc0);
        }
        if (!IsVisible(sch)) return Finish(IoInstruction.Stsch, id, InstructionResult.Cc3);
        schib = sch.Status;
        return Finish(IoInstruction.Stsch, id, InstructionResult.Cc0);
    }

    /// <summary>Models ioinst_handle_msch() with css_do_msch(): MODIFY SUBCHANNEL.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="schib">Only the modifiable fields are taken from it.</param>
    /// <returns>Cc0, Cc1 if status is pending, Cc2 if busy, Cc3 if absent, or OperandException for a bad block.</returns>
    public InstructionResult ModifySubchannel(SubchannelId id, in Schib schib)
    {
        using var _ = world.Enter("ioinst_handle_msch");
        if (!schib.IsValid) return Finish(IoInstruction.Msch, id, InstructionResult.OperandException);
        if (Operand(id) is not { } sch) return Finish(IoInstruction.Msch, id, InstructionResult.Cc3);
        if (!sch.Status.Pmcw.IsDeviceNumberValid) return Finish(IoInstruction.Msch, id, InstructionResult.Cc0);
        if (sch.Status.Scsw.IsStatusPending) return Finish(IoInstruction.Msch, id, InstructionResult.Cc1);
        if (sch.Status.Scsw.Functions != 0) return Finish(IoInstruction.Msch, id, InstructionResult.Cc2);
        Finish(IoInstruction.Msch, id, InstructionResult.Cc0);
        Modify(sch, in schib);
        return InstructionResult.Cc0;
    }

    /// <summary>Models ioinst_handle_tsch() with css_do_tsch_get_irb() and css_do_tsch_update_subch(): TEST SUBCHANNEL.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="irb">Its status, also for Cc1; for Cc3 nothing is stored and this is all zero.</param>
    /// <returns>Cc0 if status was pending, Cc1 if not, Cc3 if the subchannel is absent or not enabled.</returns>
    public InstructionResult TestSubchannel(SubchannelId id, out Irb irb)
    {
        using var _ = world.Enter("ioinst_handle_tsch");
        irb = default;
        if (Operand(id) is not { IsOperational: true } sch) return Finish(IoInstruction.Tsch, id, InstructionResult.Cc3);
        BuildIrb(sch, ref irb);
        if (!sch.Status.Scsw.IsStatusPending) return Finish(IoInstruction.Tsch, id, InstructionResult.Cc1);
        Finish(IoInstruction.Tsch, id, InstructionResult.Cc0);
        ClearStatus(sch);
        if (TestWithdrawsInterrupt) Withdraw(sch);
        PresentWithheld(sch);
        return InstructionResult.Cc0;
    }

    private static string Mnemonic(IoInstruction instruction) => instruction switch
    {
        IoInstruction.Stsch => "stsch",
        IoInstruction.Msch => "msch",
        IoInstruction.Tsch => "tsch",
        IoInstruction.Ssch => "ssch",
        IoInstruction.Rsch => "rsch",
        IoInstruction.Hsch => "hsch",
        IoInstruction.Csch => "csch",
        _ => "xsch",
    };

    private static void Modify(HostSubchannel sch, in Schib schib)
    {
        ref var pmcw = ref sch.Status.Pmcw;
        var wasEnabled = pmcw.IsEnabled;
        pmcw.InterruptionParameter = schib.Pmcw.InterruptionParameter;
        pmcw.Flags = (pmcw.Flags & ~PmcwFlags.Modifiable) | (schib.Pmcw.Flags & PmcwFlags.Modifiable);
        pmcw.Lpm = schib.Pmcw.Lpm;
        pmcw.Mbi = schib.Pmcw.Mbi;
        pmcw.Pom = schib.Pmcw.Pom;
        const PmcwCharacteristics Modifiable = PmcwCharacteristics.MeasurementBlockFormat | PmcwCharacteristics.ConcurrentSense;
        pmcw.Characteristics = (pmcw.Characteristics & ~Modifiable) | (schib.Pmcw.Characteristics & Modifiable);
        sch.Status.Mba = schib.Mba;
        if (wasEnabled && !pmcw.IsEnabled) sch.Device?.Disabled(sch);
    }

    /// <summary>Status and, for a unit check with concurrent sense, the sense data (build_irb_virtual).</summary>
    private void BuildIrb(HostSubchannel sch, ref Irb irb)
    {
        const SubchannelStatus Checks =
            SubchannelStatus.ChannelDataCheck | SubchannelStatus.ChannelControlCheck | SubchannelStatus.InterfaceControlCheck;
        irb.Scsw = sch.Status.Scsw;
        if (!irb.Scsw.IsStatusPending) return;
        irb.Esw.Word0 = 0x0080_0000;
        if ((irb.Scsw.SubchannelStatus & Checks) != 0)
        {
            irb.Scsw.Flags |= ScswFlags.ExtendedStatus;
            irb.Esw.Word0 = 0x0480_4000;
        }
        if ((irb.Scsw.DeviceStatus & DeviceStatus.UnitCheck) == 0) return;
        if ((sch.Status.Pmcw.Characteristics & PmcwCharacteristics.ConcurrentSense) == 0) return;
        irb.Scsw.Flags |= ScswFlags.ExtendedStatus | ScswFlags.ExtendedControl;
        irb.Ecw = sch.Sense;
        const uint BesideIt = Esw.ErwConcurrentSense << 1;
        irb.Esw.Erw = (Variant.Has(Defects.SenseCount) ? BesideIt : Esw.ErwConcurrentSense) | (SenseBytes.Length << 8);
    }

    private static void ClearStatus(HostSubchannel sch)
    {
        const ScswControl PendingActivities = ScswControl.ResumePending | ScswControl.StartPending | ScswControl.HaltPending
            | ScswControl.ClearPending | ScswControl.Suspended;
        ref var scsw = ref sch.Status.Scsw;
        var intermediateOnly = scsw.Statuses == (ScswControl.Intermediate | ScswControl.StatusPending);
        var suspended = (scsw.Control & ScswControl.Suspended) != 0;
        var halted = (scsw.Control & ScswControl.Halt) != 0;
        var started = (scsw.Control & ScswControl.Start) != 0;
        scsw.Control &= ~ScswControl.StatusMask;
        if (!intermediateOnly || (halted && suspended)) scsw.Control &= ~ScswControl.FunctionMask;
        if (!intermediateOnly)
        {
            scsw.Flags &= ~ScswFlags.PathNotOperational;
            scsw.Control &= ~PendingActivities;
        }
        else if (suspended && started)
        {
            scsw.Flags &= ~ScswFlags.PathNotOperational;
            scsw.Control &= ~(halted ? PendingActivities : ScswControl.ResumePending);
        }
        if ((sch.Status.Pmcw.Characteristics & PmcwCharacteristics.ConcurrentSense) != 0) sch.Sense = default;
    }

    private HostSubchannel? Operand(SubchannelId id) => Find(id) is { } sch && IsVisible(sch) ? sch : null;

    private InstructionResult Finish(IoInstruction instruction, SubchannelId id, InstructionResult result)
    {
        world.Features.Hit(FeatureFamily, (uint)instruction, (uint)result);
        if (world.Trace.On)
        {
            var ending = result <= InstructionResult.Cc3 ? $"cc={(int)result}" : "operand exception";
            world.Trace.Add(TraceKind.Instruction, $"{Mnemonic(instruction)} {id} {ending}");
        }
        return result;
    }
}
