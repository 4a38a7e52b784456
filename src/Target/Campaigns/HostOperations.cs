using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>What happens outside the guest on behalf of a campaign: to its devices, to time, to the machine.</summary>
/// <param name="stack">The stack.</param>
/// <param name="shutdown">The guest's end and its next beginning.</param>
internal sealed class HostOperations(DeviceStack stack, GuestShutdown shutdown)
{
    private const int PacketSize = 60;
    private const int AddressSize = 6;
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

    /// <summary>plug: the host refuses a device number that is in use.</summary>
    public void Plug(Operation operation)
    {
        if (plugged[operation.Slot] is not null) return;
        devnos[operation.Slot] = operation.Devno;
        plugged[operation.Slot] = stack.Host.Plug(operation.Type, operation.Devno);
    }

    /// <summary>unplug.</summary>
    public void Unplug(int slot)
    {
        if (plugged[slot] is not { } device) return;
        stack.Host.Unplug(device);
        plugged[slot] = null;
    }

    /// <summary>config-change.</summary>
    public void ConfigChange(Operation operation)
    {
        if (plugged[operation.Slot] is { } device) stack.Host.ConfigChange(device, operation.Pages);
    }

    /// <summary>stats.</summary>
    public void RequestStats(int slot)
    {
        if (plugged[slot] is { } device) stack.Host.RequestStats(device);
    }

    /// <summary>interrupt.</summary>
    public void Interrupt(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return;
        switch (operation.Interrupt)
        {
            case UnsolicitedInterrupt.Spurious:
                stack.Host.SpuriousInterrupt(device);
                break;
            case UnsolicitedInterrupt.Error:
                stack.Host.ErrorInterrupt(device, DeviceStatus.UnitCheck, SubchannelStatus.None);
                break;
            case UnsolicitedInterrupt.Config:
                stack.Host.ConfigInterrupt(device);
                break;
            case UnsolicitedInterrupt.Check:
                stack.Host.ErrorInterrupt(device, DeviceStatus.None, SubchannelStatus.InterfaceControlCheck);
                break;
            case UnsolicitedInterrupt.Nothing:
                stack.Host.InterruptWithoutStatus(device);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation.Interrupt, "no such interrupt");
        }
    }

    /// <summary>stall.</summary>
    public void Stall(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return;
        if (operation.Part == HeldPart.Functions) stack.Host.HoldFunctions(device);
        else stack.Host.Stall(device);
    }

    /// <summary>complete.</summary>
    public void Complete(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return;
        if (operation.Part == HeldPart.Functions) stack.Host.ReleaseFunctions(device);
        else stack.Host.Complete(device, operation.Result);
    }

    /// <summary>port.</summary>
    public void Port(Operation operation)
    {
        if (plugged[operation.Slot] is { } device) stack.Host.Port(device, operation.PortAction, operation.Port);
    }

    /// <summary>read: the host sends what a process is going to read from an interface.</summary>
    public void SendPackets(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return;
        Span<byte> packet = stackalloc byte[PacketSize];
        packet.Fill((byte)operation.Sector);
        packet[..AddressSize].Fill(0xff);
        for (var i = 0; i < operation.Sectors; i++) stack.Host.Inject(device, packet);
    }

    /// <summary>crw-overflow.</summary>
    public void LoseCrws() => stack.Channel.LoseCrws();

    /// <summary>lose-mchk.</summary>
    public void LoseMachineCheck() => stack.Channel.LoseMachineCheck();

    /// <summary>wait.</summary>
    public void Wait(int milliseconds) => stack.World.Scheduler.Advance(milliseconds);

    /// <summary>reset.</summary>
    public void Reset(bool isOrderly)
    {
        if (isOrderly) shutdown.Begin();
        else shutdown.Reboot();
    }
}
