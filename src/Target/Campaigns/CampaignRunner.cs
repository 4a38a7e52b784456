using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Plays a campaign on a stack, then drives the stack to rest and looks what is left.</summary>
public sealed class CampaignRunner
{
    private const int TimersAtRest = 600;
    private const int PacketSize = 60;
    private const int AddressSize = 6;
    private const long HoursAtRest = 6 * 3600 * 1000;
    private readonly World world;
    private readonly DeviceStack stack;
    private readonly GuestOperations guest;
    private readonly ushort[] devnos = new ushort[Operation.Slots];
    private Func<bool>? hasShutDown;
    private readonly VirtioCcwHostDevice?[] plugged = new VirtioCcwHostDevice?[Operation.Slots];

    /// <summary>Builds the stack of a variant.</summary>
    public CampaignRunner(World world, Variant variant)
    {
        this.world = world;
        stack = new DeviceStack(world, variant);
        guest = new GuestOperations(stack);
    }

    /// <summary>The stack, for tests and reports.</summary>
    public DeviceStack Stack => stack;

    /// <summary>Plays a campaign to its end; the world was reset before.</summary>
    /// <returns>What is wrong at rest; null if nothing is. Violations on the way are thrown.</returns>
    public Violation? Run(Campaign campaign)
    {
        PlayOperations(campaign);
        return Rest(campaign);
    }

    /// <summary>Boots and plays the operations; the stack stays as the last one left it.</summary>
    public void PlayOperations(Campaign campaign)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        guest.Reset();
        Array.Clear(plugged);
        hasShutDown = null;
        for (var slot = 0; slot < Operation.Slots; slot++) devnos[slot] = Operation.UsualDevno(slot);
        stack.Boot();
        var fault = 0;
        for (var i = 0; i < campaign.Operations.Count; i++)
        {
            var operation = campaign.Operations[i];
            world.Scheduler.BeginOperation(i);
            for (; fault < campaign.Faults.Count && campaign.Faults[fault].Operation == i; fault++) Arm(campaign.Faults[fault]);
            NoteLifetimes(operation.Opcode);
            Start(operation, i);
            var end = world.Scheduler.Run(operation.Points);
            FinishShutDown();
            if (end == RunEnd.Quiet) stack.Invariants.LookWhenQuiet();
        }
        world.Scheduler.BeginOperation(campaign.Operations.Count);
    }

    /// <summary>Tells the engine in which states the guest's objects are when an operation starts.</summary>
    private void NoteLifetimes(Opcode opcode)
    {
        if (!world.Features.Has(Feedback.Lifetimes)) return;
        var live = stack.Kernel.Heap.Live;
        for (var i = 0; i < live.Count; i++)
            if (live[i].StateName is { Length: > 0 } state)
                world.Features.Hit(Feedback.Lifetimes, FeatureMap.HashOf(live[i].TypeName) + (uint)opcode, FeatureMap.HashOf(state));
    }

    private void Arm(Fault fault) => stack.Kernel.Faults.Arm(
        fault.Kind switch
        {
            FaultKind.Heap => AllocationKind.Heap,
            FaultKind.Dma => AllocationKind.Dma,
            _ => AllocationKind.Pages,
        },
        fault.Allocation);

    private void Start(Operation operation, int number)
    {
        if (world.Trace.On)
        {
            world.Trace.Start(number, world.Scheduler.Stalled?.Site);
            world.Trace.Add(TraceKind.Operation, $"operation {number}: {CampaignText.Write(operation)}");
        }
        if (operation.Opcode == Opcode.Read) Inject(operation);
        if (guest.Of(operation, BusId(operation.Slot), devnos[operation.Slot]) is { } entry)
        {
            world.Scheduler.Spawn(ContextKind.Task, OperationTable.Of(operation.Opcode).Name, entry, first: true);
            return;
        }
        if (operation.Opcode == Opcode.Wait) world.Scheduler.Advance(operation.Milliseconds);
        else StartOnHost(operation);
    }

    private void StartOnHost(Operation operation)
    {
        var device = plugged[operation.Slot];
        switch (operation.Opcode)
        {
            case Opcode.Plug when device is null:
                // The host refuses a device number that is in use.
                devnos[operation.Slot] = operation.Devno;
                plugged[operation.Slot] = stack.Host.Plug(TypeOf(operation.Type), operation.Devno);
                break;
            case Opcode.Unplug when device is not null:
                Unplug(operation.Slot);
                break;
            case Opcode.ConfigChange when device is not null:
                ConfigChange(device, operation.Pages);
                break;
            case Opcode.Stats when device is not null:
                stack.Host.RequestStats(device);
                break;
            case Opcode.Interrupt when device is not null:
                PresentInterrupt(device, operation.Interrupt);
                break;
            case Opcode.Stall when device is not null:
                if (operation.Part == HeldPart.Functions) stack.Host.HoldFunctions(device);
                else stack.Host.Stall(device);
                break;
            case Opcode.Complete when device is not null:
                if (operation.Part == HeldPart.Functions) stack.Host.ReleaseFunctions(device);
                else stack.Host.Complete(device, operation.Result);
                break;
            case Opcode.LoseMachineCheck:
                stack.Channel.LoseMachineCheck();
                break;
            case Opcode.Reset when operation.IsOrderly:
                ShutDown();
                break;
            case Opcode.Reset:
                guest.Reset();
                hasShutDown = null;
                stack.Reboot();
                break;
            case Opcode.Port when device is not null:
                stack.Host.Port(device, ActionOf(operation.PortEvent), operation.Port);
                break;
            case Opcode.CrwOverflow:
                stack.Channel.LoseCrws();
                break;
        }
    }

    /// <summary>The guest shuts its devices down and starts another kernel, as soon as the shutdown ends, if ever.</summary>
    private void ShutDown()
    {
        if (hasShutDown is not null) return; // system_transition_mutex
        var isDown = false;
        world.Scheduler.Spawn(ContextKind.Task, "reboot", Reboot, first: true);
        world.Scheduler.Run();
        for (var i = 0; !isDown && i < TimersAtRest && world.Scheduler.AdvanceToNextTimer(); i++) world.Scheduler.Run();
        hasShutDown = () => isDown;
        FinishShutDown();

        async SimTask Reboot()
        {
            await stack.Kernel.Core.Shutdown();
            isDown = true;
        }
    }

    private void FinishShutDown()
    {
        if (hasShutDown?.Invoke() != true) return;
        hasShutDown = null;
        guest.Reset();
        stack.Reboot();
    }

    private static DeviceType TypeOf(PlugType type) => type switch
    {
        PlugType.Rng => DeviceType.Rng,
        PlugType.Blk => DeviceType.Blk,
        PlugType.Scsi => DeviceType.Scsi,
        PlugType.Net => DeviceType.Net,
        PlugType.Serial => DeviceType.Serial,
        _ => DeviceType.Balloon,
    };

    private static SerialPortAction ActionOf(PortEvent portEvent) => portEvent switch
    {
        PortEvent.Add => SerialPortAction.Add,
        PortEvent.Remove => SerialPortAction.Remove,
        PortEvent.Connect => SerialPortAction.Connect,
        PortEvent.Disconnect => SerialPortAction.Disconnect,
        _ => SerialPortAction.Send,
    };

    private void ConfigChange(VirtioCcwHostDevice device, uint pages)
    {
        if (device.Type == DeviceType.Balloon) stack.Host.SetBalloon(device, pages);
        else stack.Host.ConfigChange(device);
    }

    private void PresentInterrupt(VirtioCcwHostDevice device, UnsolicitedInterrupt interrupt)
    {
        switch (interrupt)
        {
            case UnsolicitedInterrupt.Spurious:
                stack.Host.SpuriousInterrupt(device);
                break;
            case UnsolicitedInterrupt.Error:
                stack.Host.ErrorInterrupt(device, Channel.DeviceStatus.UnitCheck, Channel.SubchannelStatus.None);
                break;
            case UnsolicitedInterrupt.Check:
                stack.Host.ErrorInterrupt(device, Channel.DeviceStatus.None, Channel.SubchannelStatus.InterfaceControlCheck);
                break;
            case UnsolicitedInterrupt.Nothing:
                stack.Host.InterruptWithoutStatus(device);
                break;
            default:
                stack.Host.ConfigInterrupt(device);
                break;
        }
    }

    /// <summary>The host sends what a process is going to read.</summary>
    private void Inject(Operation operation)
    {
        if (plugged[operation.Slot] is not { } device) return;
        Span<byte> packet = stackalloc byte[PacketSize];
        packet.Fill((byte)operation.Sector);
        packet[..AddressSize].Fill(0xff);
        for (var i = 0; i < operation.Sectors; i++) stack.Host.Inject(device, packet);
    }

    private void Unplug(int slot)
    {
        stack.Host.Unplug(plugged[slot]!);
        plugged[slot] = null;
    }

    private string BusId(int slot) => $"0.0.{devnos[slot]:x4}";

    /// <summary>Lets everything end: back ends complete, balloons get empty, files are closed, devices go, time passes.</summary>
    private Violation? Rest(Campaign campaign)
    {
        world.Trace.Add(TraceKind.Operation, "the campaign ends; everything comes to rest");
        stack.Kernel.Faults.Reset();
        stack.Channel.RepairMachineCheck();
        stack.Host.ReleaseFunctions();
        Settle();
        foreach (var device in plugged)
            if (device is not null) stack.Host.Complete(device);
        Settle();
        FinishShutDown();
        Settle();
        stack.Invariants.LookWhenSettled();
        // A balloon that is not empty hangs the guest when it goes: whoever wants that unplugs it in the campaign.
        foreach (var device in plugged)
        {
            if (device is not { Type: DeviceType.Balloon }) continue;
            stack.Host.SetBalloon(device, 0);
            Settle();
        }
        CloseFiles();
        for (var slot = 0; slot < Operation.Slots; slot++)
        {
            if (plugged[slot] is null) continue;
            Unplug(slot);
            Settle();
        }
        CloseFiles(); // of a process that waited in open()
        if (guest.AnyKept)
        {
            world.Scheduler.Spawn(ContextKind.Task, "release", guest.ReleaseKept);
            Settle();
        }
        // A process that a signal frees from its sleep is killed: not a hang, and whoever waits for it goes on.
        while (world.Scheduler.KillSleepers()) Settle();
        if (stack.Invariants.LookAtRest() is not { } violation) return null;
        world.Trace.Add(TraceKind.Violation, $"{violation.KindName}: {violation.Message}");
        return violation;
    }

    private void CloseFiles()
    {
        if (!guest.AnyOpen) return;
        world.Scheduler.Spawn(ContextKind.Task, "close", guest.CloseAll);
        Settle();
    }

    /// <summary>Runs until nothing can run and no timer is left, or none but those that come again for ever.</summary>
    private void Settle()
    {
        world.Scheduler.Run();
        var end = world.Scheduler.Now + HoursAtRest;
        for (var i = 0; i < TimersAtRest && world.Scheduler.Now < end && world.Scheduler.AdvanceToNextTimer(); i++)
            world.Scheduler.Run();
    }
}
