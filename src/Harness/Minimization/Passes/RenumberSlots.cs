using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Moves the devices to the first slots: all by the same distance, then each to a place of its own.</summary>
internal sealed class RenumberSlots : IPass
{
    /// <inheritdoc/>
    public string Name => "renumber-slots";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        var used = reduction.Current.Operations
            .Where(o => OperationCatalogue.Of(o.Opcode).HasSlot).Select(o => (int)o.Slot).Distinct().ToList();
        if (used.Count == 0) return;
        int Rotated(int slot) => (slot - used[0] + Operation.Slots) % Operation.Slots;
        if (reduction.Try(Mapped(reduction.Current, Rotated, keepDevno: false))) return;
        if (reduction.Try(Mapped(reduction.Current, used.IndexOf, keepDevno: false))) return;
        if (reduction.Try(Mapped(reduction.Current, used.IndexOf, keepDevno: true))) return;
        var order = used.Order().ToList();
        reduction.Try(Mapped(reduction.Current, order.IndexOf, keepDevno: true));
    }

    private static Campaign Mapped(Campaign campaign, Func<int, int> place, bool keepDevno)
    {
        var operations = campaign.Operations.Select(operation =>
        {
            if (!OperationCatalogue.Of(operation.Opcode).HasSlot) return operation;
            var slot = place(operation.Slot);
            var moved = operation with { Slot = (byte)slot };
            if (operation.Opcode != Opcode.Plug || !keepDevno) return moved;
            return moved with { B = (ushort)((operation.Slot + operation.B - slot + Operation.Slots) % Operation.Slots) };
        });
        return new Campaign([.. operations], campaign.Faults, campaign.Deviations);
    }
}
