using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>What happens outside the guest on behalf of a campaign: to its devices, to time, to the machine.</summary>
/// <param name="stack">The stack.</param>
/// <param name="shutdown">The guest's end and its next beginning.</param>
internal sealed class HostOperations(DeviceStack stack, GuestShutdown shutdown)
{
    private const string EmptySlot = "the slot has no device";
    private readonly ushort[] devnos = new ushort[Operation.Slots];
    private readonly VirtioCcwHostDevice?[] plugged = new VirtioCcwHostDevice?[Operation.Slots];

    /// <summary>The devices that are plugged, by slot.</summary>
    public ReadOnlySpan<VirtioCcwHostDevice?> Plugged => plugged;

    /// <summary>A new execution starts.</summary>
    public void Reset()
    {
        Array.Clear(plugged);
        for (var slot = 0; slot < Operation.Slots; slot++) devnos[slot] = Operation.UsualDevno(slot);
    }

    /// <summary>Device number of the device that is in a slot, or was last.</summary>
    public ushort Devno(int slot) => devnos[slot];

    /// <summary>Its bus id in the guest.</summary>
    public string BusId(int slot) => $"0.0.{devnos[slot]:x4}";

    /// <summary>plug: the host refuses a device number that is in use, and a second balloon.</summary>
    /// <returns>Why nothing happened, as for each of the following; null if something did.</returns>
    public string? Plug(Operation operation)
    {
        if (plugged[operation.Slot] is not null) return "the slot has a device already";
        devnos[operation.Slot] = operation.Devno;
        plugged[operation.Slot] = stack.Host.Plug(operation.Type, operation.Devno);
        return plugged[operation.Slot] is null ? "the host refuses the device: its number is in use, or there is one already" : null;
    }

    /// <summary>unplug.</summary>
    public string? Unplug(int slot)
    {
        if (plugged[slot] is not { } device) return EmptySlot;
        stack.Host.Unplug(device);
        plugged[slot] = null;
        return null;
    }

    /// <summary>config-change.</summary>
    public string? ConfigChange(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return EmptySlot;
        stack.Host.ConfigChange(device, operation.Pages);
        return null;
    }

    /// <summary>stats.</summary>
    public string? RequestStats(int slot)
    {
        if (plugged[slot] is not { } device) return EmptySlot;
        return stack.Host.RequestStats(device) ? null : "the device has no statistics, or its driver left no buffer to ask with";
    }

    /// <summary>interrupt.</summary>
    public string? Interrupt(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return EmptySlot;
        var isPresented = operation.Interrupt switch
        {
            UnsolicitedInterrupt.Spurious => stack.Host.SpuriousInterrupt(device),
            UnsolicitedInterrupt.Error => stack.Host.ErrorInterrupt(device, DeviceStatus.UnitCheck, SubchannelStatus.None),
            UnsolicitedInterrupt.Config => stack.Host.ConfigInterrupt(device),
            UnsolicitedInterrupt.Check => stack.Host.ErrorInterrupt(device, DeviceStatus.None, SubchannelStatus.InterfaceControlCheck),
            UnsolicitedInterrupt.Nothing => stack.Host.InterruptWithoutStatus(device),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Interrupt, "no such interrupt"),
        };
        return isPresented ? null : "the subchannel is not enabled, or has status already, or no driver is ready";
    }

    /// <summary>stall.</summary>
    public string? Stall(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return EmptySlot;
        if (operation.Part == HeldPart.Functions) return stack.Host.HoldFunctions(device) ? null : "this host performs functions at once";
        stack.Host.Stall(device);
        return null;
    }

    /// <summary>complete.</summary>
    public string? Complete(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return EmptySlot;
        if (operation.Part == HeldPart.Functions) return stack.Host.ReleaseFunctions(device) ? null : "no function was held back";
        stack.Host.Complete(device, operation.Result);
        return null;
    }

    /// <summary>port.</summary>
    public string? Port(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return EmptySlot;
        return stack.Host.Port(device, operation.PortAction, operation.Port) ? null : "there is no such port, or it is there already";
    }

    /// <summary>read: the host sends what a process is going to read.</summary>
    public string? SendInput(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return null; // a process may still read what it has open
        for (var i = 0; i < operation.Sectors; i++) stack.Host.Inject(device, operation.Sector);
        return null;
    }

    /// <summary>crw-overflow.</summary>
    public string? LoseCrws()
    {
        stack.Channel.LoseCrws();
        return null;
    }

    /// <summary>lose-mchk.</summary>
    public string? LoseMachineCheck()
    {
        stack.Channel.LoseMachineCheck();
        return null;
    }

    /// <summary>wait.</summary>
    public string? Wait(int milliseconds)
    {
        stack.World.Scheduler.Advance(milliseconds);
        return null;
    }

    /// <summary>reset.</summary>
    public string? Reset(bool isOrderly)
    {
        if (isOrderly) return shutdown.Begin() ? null : "the guest is shutting down already";
        shutdown.Reboot();
        return null;
    }
}
