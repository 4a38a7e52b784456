using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Drops in one step all operations that are about other devices, and with them all faults and all deviations.</summary>
internal sealed class KeepOneDevice : IPass
{
    /// <inheritdoc/>
    public string Name => "keep-one-device";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        // The device that the campaign ends with is the likeliest.
        var slots = reduction.Current.Operations.Reverse().Where(HasSlot).Select(o => o.Slot).Distinct().ToList();
        if (slots.Any(slot => reduction.Try(Bare(reduction.Current, slot, machine: false)))) return;
        if (slots.Any(slot => reduction.Try(Bare(reduction.Current, slot, machine: true)))) return;
        if (reduction.Try(WithoutAttachments(reduction.Current))) return;
        if (slots.Count > 1) _ = slots.Any(slot => reduction.Try(OnlyAbout(reduction.Current, slot, machine: true).Assemble()));
    }

    private static bool HasSlot(Operation operation) => OperationCatalogue.Of(operation.Opcode).HasSlot;

    private static Draft OnlyAbout(Campaign campaign, byte slot, bool machine) =>
        new Draft(campaign).Keep(o => HasSlot(o) ? o.Slot == slot : machine);

    private static Campaign? Bare(Campaign campaign, byte slot, bool machine) =>
        WithoutAttachments(OnlyAbout(campaign, slot, machine).Assemble());

    private static Campaign? WithoutAttachments(Campaign? campaign) => campaign is null ? null : new Campaign(campaign.Operations);
}
