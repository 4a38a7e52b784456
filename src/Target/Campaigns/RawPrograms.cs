using System.Globalization;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Another program of the guest that drives subchannels itself; Linux ignores their devices and is not concerned.</summary>
/// <remarks>
/// The device number is on Linux's ignore list (/proc/cio_ignore) and no subchannel is registered for it, as when a boot
/// loader, a hypervisor or a process with a passed-through subchannel drives it. The program has memory of its own and
/// uses an interruption subclass that Linux leaves off. When Linux is to have the device, the program ends what runs and disables
/// the subchannel. What the channel subsystem answers is compared with <see cref="RawOracle"/>; a difference is a bug of the model,
/// or a protocol violation (I45, I49) if a past defect of the host is there.
/// </remarks>
internal sealed class RawPrograms(DeviceStack stack)
{
    private const uint FirstArea = 0x2000;
    private const uint AreaSize = 0x3000;
    private const uint FirstRings = 0x1fe_0000;
    private const uint RingsSize = 0x4000;
    private const byte CommandReject = 0x80;
    private const ScswControl SuspensionMask = ScswControl.FunctionMask | ScswControl.Suspended | ScswControl.ResumePending;
    private Mutex oneAtATime = null!;

    private ChannelSubsystem Channel => stack.Channel;

    /// <summary>Forgets everything: a new guest boots.</summary>
    public void Reset() => oneAtATime = new Mutex(stack.World, "the raw programs", isOrdered: false);

    /// <summary>Submits a channel program to the device with a number, and collects its status.</summary>
    /// <returns>False if there is no such device that Linux leaves alone.</returns>
    public async SimTask<bool> Submit(ushort devno, Operation operation)
    {
        var isSubmitted = false;
        await oneAtATime.Lock();
        using (stack.World.Enter("raw_channel_program"))
        {
            if (stack.Cio.Blacklist.Contains(0, devno) && Find(devno) is { } device && await Prepare(device, operation.RawForm))
            {
                isSubmitted = true;
                await Run(device, operation);
            }
        }
        oneAtATime.Unlock();
        return isSubmitted;
    }

    /// <summary>Leaves the device with a number to Linux: nothing runs, the subchannel is disabled.</summary>
    /// <returns>
    /// False if the subchannel is spoiled: QEMU shows a deferred condition code 3 with everything that follows, until a reset. A
    /// driver that meets it is not to blame.
    /// </returns>
    public async SimTask<bool> HandBack(ushort devno)
    {
        await oneAtATime.Lock();
        var isGood = true;
        using (stack.World.Enter("raw_hand_back"))
        {
            if (stack.Cio.Blacklist.Contains(0, devno) && stack.Host.FindByDevno(devno) is { } device && !stack.Cio.IsRegistered(device.Id))
            {
                if (!stack.Cio.IsEvaluating && IsEnabled(device.Id)) await Stop(device.Id);
                Channel.StoreSubchannel(device.Id, out var schib);
                isGood = schib.Scsw.DeferredCc == 0;
            }
        }
        oneAtATime.Unlock();
        return isGood;
    }

    private async SimTask Stop(SubchannelId id)
    {
        Channel.ClearSubchannel(id);
        await Settled(id);
        Drain(id);
        Configure(id, enabled: false);
    }

    /// <summary>The device, unless Linux knows its subchannel or just looks for new ones.</summary>
    private VirtioCcwHostDevice? Find(ushort devno) =>
        stack.Host.FindByDevno(devno) is { } device && !stack.Cio.IsRegistered(device.Id) && !stack.Cio.IsEvaluating ? device : null;

    private async SimTask<bool> Prepare(VirtioCcwHostDevice device, RawForm form)
    {
        // What Linux left behind when it lost the device is not always disabled, and has another subclass and concurrent sense.
        if (!IsOurs(device.Id)) Configure(device.Id, enabled: true);
        // Linux collects the status that an interrupt from before was about, whatever it is now.
        while (stack.World.Scheduler.IsInterrupting) await stack.World.Scheduler.Relax;
        await Settled(device.Id);
        Drain(device.Id);
        if (!IsOurs(device.Id)) return false;
        if (form == RawForm.Concurrent) Configure(device.Id, enabled: true, hasConcurrentSense: true);
        return true;
    }

    private async SimTask Run(VirtioCcwHostDevice device, Operation operation)
    {
        var (command, form) = (operation.RawCommand, operation.RawForm);
        var program = new RawProgram(
            stack.Memory, FirstArea + (operation.Slot * AreaSize), FirstRings + (operation.Slot * RingsSize));
        var state = new RawState(stack.Host, device, device.Subchannel!);
        if (form == RawForm.Scan) Scan(operation);
        var expected = RawOracle.Expect(command, form, in state);
        var orb = program.Write(command, form, in state);
        var started = Channel.StartSubchannel(device.Id, in orb);
        Note(operation, in state, (uint)started);
        Compare(started == expected.Start, "css_do_ssch", $"START SUBCHANNEL ended with {started}", operation);
        if (started != InstructionResult.Cc0 || !await Settled(device.Id)) return;
        if (!await Continue(device.Id, operation, program)) return;
        if (form == RawForm.CancelLate) Cancel(device.Id, InstructionResult.Cc1, operation);
        if (form == RawForm.Cancel)
        {
            // Status that nobody asked for may have waited for the function.
            var isGone = Channel.TestSubchannel(device.Id, out var left) == InstructionResult.Cc1;
            Compare(isGone || (left.Scsw.Control & ScswControl.Alert) != 0, "css_do_xsch", "there is status after a cancel", operation);
            return;
        }
        if (Channel.TestSubchannel(device.Id, out var irb) != InstructionResult.Cc0)
        {
            Compare(!IsEnabled(device.Id), "css_do_tsch_get_irb", "there is no status", operation);
            return;
        }
        Note(operation, in state, ((uint)irb.Scsw.DeviceStatus << 8) | (uint)irb.Scsw.SubchannelStatus);
        Compare(in irb.Scsw, in expected, program.Address, operation);
        if (form == RawForm.CancelLate) CancelAfterStatus(device, operation);
        if (expected.DeviceStatus != DeviceStatus.UnitCheck) return;
        if (form == RawForm.Concurrent) CompareSense(in irb, operation);
        else await Sense(device.Id, program, operation, state);
    }

    /// <summary>What follows for a program that is suspended.</summary>
    private async SimTask<bool> Continue(SubchannelId id, Operation operation, RawProgram program)
    {
        if (operation.RawForm is not (RawForm.Suspend or RawForm.Cancel or RawForm.Halt or RawForm.Clear)) return true;
        var started = Channel.StartSubchannel(id, default);
        Compare(started is InstructionResult.Cc2 or InstructionResult.Cc3, "css_do_ssch", "a suspended subchannel is not busy", operation);
        program.Unsuspend();
        var result = operation.RawForm switch
        {
            RawForm.Suspend => Channel.ResumeSubchannel(id),
            RawForm.Cancel => Channel.CancelSubchannel(id),
            RawForm.Halt => Channel.HaltSubchannel(id),
            _ => Channel.ClearSubchannel(id),
        };
        if (result == InstructionResult.Cc3) return false;
        var isTaken = result == InstructionResult.Cc0;
        Compare(isTaken, "do_subchannel_work_virtual", $"the suspended program was not to be had ({result})", operation);
        return await Settled(id);
    }

    /// <summary>BASIC SENSE after a unit check: command reject.</summary>
    private async SimTask Sense(SubchannelId id, RawProgram program, Operation operation, RawState state)
    {
        var orb = program.Write(RawCommand.Sense, RawForm.Right, in state);
        if (Channel.StartSubchannel(id, in orb) != InstructionResult.Cc0 || !await Settled(id)) return;
        if (Channel.TestSubchannel(id, out _) != InstructionResult.Cc0) return;
        var isReject = stack.Memory.Read8(program.Payload) == CommandReject;
        Compare(isReject, "css_interpret_ccw", "the sense data is no command reject", operation);
    }

    /// <summary>Polls until no function is in progress, as far as the subchannel is concerned.</summary>
    /// <returns>False if the device is gone.</returns>
    private async SimTask<bool> Settled(SubchannelId id)
    {
        while (true)
        {
            if (Channel.StoreSubchannel(id, out var schib) != InstructionResult.Cc0 || !schib.Pmcw.IsDeviceNumberValid) return false;
            if (schib.Scsw.IsStatusPending || schib.Scsw.Functions == 0) return true;
            if ((schib.Scsw.Control & SuspensionMask) == (ScswControl.Start | ScswControl.Suspended)) return true;
            await stack.World.Scheduler.Relax;
        }
    }

    private void Drain(SubchannelId id)
    {
        while (Channel.TestSubchannel(id, out _) == InstructionResult.Cc0)
        {
        }
    }

    private bool IsEnabled(SubchannelId id) =>
        Channel.StoreSubchannel(id, out var schib) == InstructionResult.Cc0 && schib.Pmcw is { IsDeviceNumberValid: true, IsEnabled: true };

    private bool IsOurs(SubchannelId id) =>
        Channel.StoreSubchannel(id, out var schib) == InstructionResult.Cc0
        && schib.Pmcw is { IsDeviceNumberValid: true, IsEnabled: true, Isc: 0, InterruptionParameter: 0 }
        && (schib.Pmcw.Characteristics & PmcwCharacteristics.ConcurrentSense) == 0;

    private void Configure(SubchannelId id, bool enabled, bool hasConcurrentSense = false)
    {
        if (Channel.StoreSubchannel(id, out var schib) != InstructionResult.Cc0 || !schib.Pmcw.IsDeviceNumberValid) return;
        schib.Pmcw.Flags = enabled ? schib.Pmcw.Flags | PmcwFlags.Enabled : schib.Pmcw.Flags & ~PmcwFlags.Enabled;
        schib.Pmcw.Isc = 0;
        schib.Pmcw.InterruptionParameter = 0;
        schib.Pmcw.Characteristics &= ~PmcwCharacteristics.ConcurrentSense;
        if (hasConcurrentSense) schib.Pmcw.Characteristics |= PmcwCharacteristics.ConcurrentSense;
        Channel.ModifySubchannel(id, in schib);
    }

    private void Compare(in Scsw actual, in RawExpectation expected, uint program, Operation operation)
    {
        var isEndRight = actual.Control == expected.Control && actual.DeviceStatus == expected.DeviceStatus
            && actual.SubchannelStatus == expected.SubchannelStatus && actual.DeferredCc == expected.DeferredCc;
        if (!isEndRight)
        {
            var ends = $"{NameOf(actual.DeviceStatus, actual.SubchannelStatus)}, "
                + $"not {NameOf(expected.DeviceStatus, expected.SubchannelStatus)}";
            var text = $"{ends} (control {(int)actual.Control:x4}, not {(int)expected.Control:x4}; "
                + $"cc {actual.DeferredCc}, not {expected.DeferredCc})";
            Compare(false, "sch_handle_start_func_virtual", text, operation, RawOracle.RuleOf(operation.RawForm) + ends);
        }
        if (actual.Count != expected.Count)
            Compare(false, "ccw_dstream_residual_count", $"residual count {actual.Count}, not {expected.Count}", operation);
        if (expected.Offset < 0 || operation.RawForm == RawForm.NoProgram) return;
        var isThere = actual.Cpa == program + expected.Offset;
        Compare(isThere, "sch_handle_start_func_virtual", $"it ended at {actual.Cpa:x}, not at +{expected.Offset:x}", operation);
    }

    /// <summary>Tells the engine which form of a command got which answer, and which command did in which state of the device.</summary>
    private void Note(Operation operation, in RawState state, uint answer)
    {
        const uint Forms = 0x24;
        const uint States = 0x25;
        const int FormBits = 6;
        stack.World.Features.Hit(Forms, ((uint)operation.RawCommand << FormBits) | (uint)operation.RawForm, answer);
        stack.World.Features.Hit(States, ((uint)operation.RawCommand << 8) | state.Phase, answer);
    }

    private static string NameOf(DeviceStatus device, SubchannelStatus subchannel) => (device, subchannel) switch
    {
        (_, SubchannelStatus.ProgramCheck) => "program check",
        (_, SubchannelStatus.ChannelDataCheck) => "channel data check",
        (DeviceStatus.UnitCheck, _) => "unit check",
        (DeviceStatus.ChannelEnd | DeviceStatus.DeviceEnd, SubchannelStatus.None) => "device end",
        _ => "other status",
    };

    /// <summary>CANCEL SUBCHANNEL when there is nothing to cancel.</summary>
    private void Cancel(SubchannelId id, InstructionResult expected, Operation operation)
    {
        var result = Channel.CancelSubchannel(id);
        Compare(result == expected || result == InstructionResult.Cc3, "css_do_xsch", $"CANCEL SUBCHANNEL ended with {result}", operation);
    }

    /// <summary>CANCEL SUBCHANNEL when the status was collected; unsolicited status that waited for that may be there now.</summary>
    private void CancelAfterStatus(VirtioCcwHostDevice device, Operation operation)
    {
        var hasMore = device.Subchannel is { Status.Scsw.IsStatusPending: true };
        Cancel(device.Id, hasMore ? InstructionResult.Cc1 : InstructionResult.Cc2, operation);
    }

    /// <summary>Concurrent sense data: command reject.</summary>
    private void CompareSense(in Irb irb, Operation operation)
    {
        var isThere = irb.Esw.Erw == (Esw.ErwConcurrentSense | (SenseBytes.Length << 8)) && irb.Ecw[0] == CommandReject;
        Compare(isThere, "build_irb_virtual", "the concurrent sense data is no command reject", operation);
    }

    /// <summary>STORE SUBCHANNEL answers for all numbers up to the highest that is in use, and not above.</summary>
    private void Scan(Operation operation)
    {
        var highest = -1;
        foreach (var device in stack.Host.Devices)
            if (device.Id.Ssid == 0) highest = Math.Max(highest, device.Id.Schid);
        for (var i = 0; i <= highest + 1; i++)
        {
            var result = Channel.StoreSubchannel(new SubchannelId((ushort)i), out _);
            var expected = i <= highest ? InstructionResult.Cc0 : InstructionResult.Cc3;
            Compare(result == expected, "css_schid_final", $"STORE SUBCHANNEL of {i} ended with {result}", operation);
        }
    }

    /// <summary>A difference is a bug of the model, or of the host if it has one; then the function is named that answered.</summary>
    private void Compare(bool fits, string function, string difference, Operation operation, string state = "")
    {
        if (fits) return;
        var text = string.Create(CultureInfo.InvariantCulture, $"{CampaignText.Write(operation)}: {difference}");
        stack.World.Assert(stack.Variant.HasHostDefect, text);
        using var _ = stack.World.Enter(function);
        stack.World.Fail(ViolationKind.Protocol, text, "struct SubchDev", state);
    }
}
