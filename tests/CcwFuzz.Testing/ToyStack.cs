using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Testing;

/// <summary>A stand-in for the device stack with two bugs on the variant unpinned: what surrounds an execution is tested on it.</summary>
/// <remarks>
/// Unplugging an open SCSI device fails whatever the schedule is; unplugging a block device fails only while a read is
/// under way.
/// </remarks>
internal sealed class ToyStack
{
    private readonly World world;
    private readonly Variant variant;
    private readonly DeviceType?[] plugged = new DeviceType?[Operation.Slots];
    private readonly bool[] open = new bool[Operation.Slots];
    private readonly bool[] busy = new bool[Operation.Slots];

    private ToyStack(World world, Variant variant)
    {
        this.world = world;
        this.variant = variant;
    }

    /// <summary>A target around the toy.</summary>
    public static FuzzTarget NewTarget(Variant variant) => new(variant, world => new ToyStack(world, variant).Run);

    private Violation? Run(Campaign campaign)
    {
        Array.Clear(plugged);
        Array.Clear(open);
        Array.Clear(busy);
        for (var i = 0; i < campaign.Operations.Count; i++)
        {
            var (operation, number) = (campaign.Operations[i], i);
            world.Scheduler.BeginOperation(i);
            world.Trace.Add(TraceKind.Operation, $"operation {i}: {CampaignText.Write(operation)}");
            var name = OperationCatalogue.Of(operation.Opcode).Name;
            world.Scheduler.Spawn(ContextKind.Task, name, () => Play(operation, number), first: true);
            world.Scheduler.Run(operation.Points);
        }
        world.Scheduler.BeginOperation(campaign.Operations.Count);
        world.Scheduler.Run();
        return null;
    }

    private async SimTask Play(Operation operation, int number)
    {
        var slot = operation.Slot;
        using var _ = world.Enter(OperationCatalogue.Of(operation.Opcode).Name);
        await world.Scheduler.Point;
        switch (operation.Opcode)
        {
            case Opcode.Plug:
                plugged[slot] ??= operation.Type;
                break;
            case Opcode.Open:
                open[slot] = plugged[slot] == DeviceType.Scsi;
                break;
            case Opcode.Close:
                if (!open[slot]) world.Effects.DidNothing(number, "nothing is open");
                open[slot] = false;
                break;
            case Opcode.Read when plugged[slot] is not null:
                busy[slot] = true;
                for (var i = 0; i < 4; i++) await world.Scheduler.Point;
                busy[slot] = false;
                break;
            case Opcode.Unplug when plugged[slot] is { } type:
                Remove(slot, type);
                break;
        }
    }

    private void Remove(int slot, DeviceType type)
    {
        using var _ = world.Enter("virtio_ccw_remove");
        plugged[slot] = null;
        if (variant.Lifetime != Lifetime.Unpinned) return;
        if (open[slot]) world.Fail(ViolationKind.Pool, "a block is still in use", "struct gen_pool");
        if (busy[slot] && type == DeviceType.Blk) world.Fail(ViolationKind.UseAfterFree, "too early", "struct ccw_device");
    }
}
