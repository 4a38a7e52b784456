using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Plays a campaign on a stack, then drives the stack to rest and looks what is left.</summary>
public sealed class CampaignRunner
{
    private const int TimersAtRest = 600;
    private const long HoursAtRest = 6 * 3600 * 1000;
    private readonly World world;
    private readonly DeviceStack stack;
    private readonly GuestOperations guest;
    private readonly HostOperations host;
    private readonly GuestShutdown shutdown;

    /// <summary>Builds the stack of a variant.</summary>
    public CampaignRunner(World world, Variant variant)
    {
        this.world = world;
        stack = new DeviceStack(world, variant);
        guest = new GuestOperations(stack);
        shutdown = new GuestShutdown(stack, guest);
        host = new HostOperations(stack, shutdown);
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
        shutdown.Reset();
        host.Reset();
        stack.Boot();
        var fault = 0;
        for (var i = 0; i < campaign.Operations.Count; i++)
        {
            var operation = campaign.Operations[i];
            world.Scheduler.BeginOperation(i);
            for (; fault < campaign.Faults.Count && campaign.Faults[fault].Operation == i; fault++)
                stack.Kernel.Faults.Arm(campaign.Faults[fault].Kind, campaign.Faults[fault].Allocation, fault);
            NoteLifetimes(operation.Opcode);
            Start(operation, i);
            var end = world.Scheduler.Run(operation.Points);
            shutdown.FinishIfDown();
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

    private void Start(Operation operation, int number)
    {
        if (world.Trace.On)
        {
            world.Trace.Start(number, world.Scheduler.Stalled?.Site);
            world.Trace.Add(TraceKind.Operation, $"operation {number}: {CampaignText.Write(operation)}");
        }
        var entry = OperationCatalogue.Of(operation.Opcode);
        if (entry.OnHost?.Invoke(host, operation) is { } why) world.Effects.DidNothing(number, why);
        if (entry.InGuest is not { } inGuest) return;
        var on = new AddressedOperation(operation, number, host.BusId(operation.Slot), host.Devno(operation.Slot));
        world.Scheduler.Spawn(ContextKind.Task, entry.Name, () => inGuest(guest, on), first: true);
    }

    /// <summary>Lets everything end: back ends complete, balloons get empty, files are closed, devices go, time passes.</summary>
    private Violation? Rest(Campaign campaign)
    {
        world.Trace.Add(TraceKind.Operation, "the campaign ends; everything comes to rest");
        stack.Kernel.Faults.Reset();
        stack.Channel.RepairMachineCheck();
        stack.Host.ReleaseFunctions();
        Settle();
        foreach (var device in host.Plugged)
            if (device is not null) stack.Host.Complete(device);
        Settle();
        shutdown.FinishIfDown();
        Settle();
        stack.Invariants.LookWhenSettled();
        // A balloon that is not empty hangs the guest when it goes: whoever wants that unplugs it in the campaign.
        foreach (var device in host.Plugged)
        {
            if (device is not { Virtio.TakesPages: true }) continue;
            stack.Host.ConfigChange(device, pages: 0);
            Settle();
        }
        CloseFiles();
        for (var slot = 0; slot < Operation.Slots; slot++)
        {
            if (host.Plugged[slot] is null) continue;
            host.Unplug(slot);
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
