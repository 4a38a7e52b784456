using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Plays a campaign on a stack. A stand-in that knows only slots, openers and the life of one block each.</summary>
public sealed class CampaignRunner
{
    private readonly World world;
    private readonly Variant variant;
    private readonly bool[] plugged = new bool[Operation.Slots];
    private readonly bool[] open = new bool[Operation.Slots];
    private readonly bool[] busy = new bool[Operation.Slots];
    private readonly bool[] gone = new bool[Operation.Slots];
    private readonly PlugType[] types = new PlugType[Operation.Slots];
    private Operation current;

    /// <summary>Builds the stack of a variant.</summary>
    public CampaignRunner(World world, Variant variant)
    {
        this.world = world;
        this.variant = variant;
    }

    /// <summary>Plays a campaign to its end; the world was reset before.</summary>
    /// <returns>What is wrong at the end; null if nothing is. Violations on the way are thrown.</returns>
    public Violation? Run(Campaign campaign)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        Array.Clear(plugged);
        Array.Clear(open);
        Array.Clear(busy);
        Array.Clear(gone);
        for (var i = 0; i < campaign.Operations.Count; i++)
        {
            var operation = campaign.Operations[i];
            world.Scheduler.BeginOperation(i);
            current = operation;
            if (world.Trace.On) world.Trace.Add(TraceKind.Operation, $"operation {i}: {CampaignText.Write(operation)}");
            world.Scheduler.Spawn(ContextKind.Task, OperationTable.Of(operation.Opcode).Name, Play, first: true);
            world.Scheduler.Run(operation.Points);
        }
        world.Scheduler.Run();
        return null;
    }

    private async SimTask Play()
    {
        var operation = current;
        var slot = operation.Slot;
        using var _ = world.Enter(OperationTable.Of(operation.Opcode).Name);
        await world.Scheduler.Point;
        switch (operation.Opcode)
        {
            case Opcode.Plug when !plugged[slot]:
                plugged[slot] = true;
                gone[slot] = false;
                types[slot] = operation.Type;
                break;
            case Opcode.Open when plugged[slot] && types[slot] == PlugType.Scsi:
                open[slot] = true;
                break;
            case Opcode.Unplug when plugged[slot]:
                await Remove(slot);
                break;
            case Opcode.Read when plugged[slot]:
                await Transfer(slot);
                break;
            case Opcode.Close:
                Close(slot);
                break;
        }
    }

    private async SimTask Remove(int slot)
    {
        using var _ = world.Enter("virtio_ccw_remove");
        await world.Scheduler.Point;
        plugged[slot] = false;
        gone[slot] = true;
        if (open[slot] && variant.Lifetime == Lifetime.Unpinned) Destroy();
        if (busy[slot] && !open[slot] && types[slot] == PlugType.Blk && variant.Lifetime == Lifetime.Unpinned)
            world.Fail(ViolationKind.UseAfterFree, "read of freed struct ccw_device in virtio_ccw_remove", "struct ccw_device");
    }

    private async SimTask Transfer(int slot)
    {
        using var _ = world.Enter("ccw_io_helper");
        busy[slot] = true;
        for (var i = 0; i < 4; i++) await world.Scheduler.Point;
        busy[slot] = false;
    }

    private void Destroy()
    {
        using var _ = world.Enter("gen_pool_destroy");
        world.Fail(ViolationKind.Pool, "ccw_device_dma block allocated by virtio_ccw_online still in use", "struct gen_pool");
    }

    private void Close(int slot)
    {
        if (!open[slot]) return;
        using var _ = world.Enter("virtio_ccw_release_dev");
        open[slot] = false;
    }
}
