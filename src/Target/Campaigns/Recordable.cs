using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Lets another strategy depart from run-to-completion only where a campaign can record it.</summary>
/// <remarks>What is taken under this strategy always fits into the campaign, so the bytes alone replay the execution.</remarks>
/// <param name="inner">The strategy that explores.</param>
public sealed class Recordable(IScheduleStrategy inner) : IScheduleStrategy
{
    private int operations;
    private int room;
    private int left;

    /// <summary>Sets the campaign of the next execution.</summary>
    public void Load(Campaign campaign)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        operations = campaign.Operations.Count;
        room = Campaign.MaxRecords - operations - campaign.Faults.Count;
    }

    /// <inheritdoc/>
    public void Begin()
    {
        left = room;
        inner.Begin();
    }

    /// <inheritdoc/>
    public int Choose(in Decision decision)
    {
        var choice = inner.Choose(decision);
        if (choice == 0) return 0;
        if (left == 0 || (uint)decision.Operation >= (uint)operations || decision.Point > RecordCodec.MaxPoint) return 0;
        if (choice > RecordCodec.MaxChoice) return 0;
        left--;
        return choice;
    }
}
