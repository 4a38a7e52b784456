using CcwFuzz.Harness.Engine;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Backends;

/// <summary>Chooses campaigns for a real guest, of operations that it can do.</summary>
/// <remarks>
/// Nothing of the guest is instrumented; what it says is the feedback (<see cref="RealFeedback"/>). A campaign that brought something new
/// is kept, and half of the others are made of those that were kept.
/// </remarks>
internal sealed class RealCampaigns(ulong seed)
{
    private const int LongestLog2 = 5;
    private const int Microseconds = 1 << 15; // an emulated guest takes some 20 ms to probe a device
    private readonly MutatorSet mutators = new(new OperationLengths());
    private readonly RecordBuffer buffer = new();
    private readonly RecordBuffer other = new();
    private readonly List<RealCampaign> kept = [];
    private SplitMix random = new(seed);

    /// <summary>What was seen so far.</summary>
    public RealFeedback Feedback { get; } = new();

    /// <summary>Campaigns that brought a new one.</summary>
    public int Kept => kept.Count;

    /// <summary>The next campaign.</summary>
    public RealCampaign Next()
    {
        if (kept.Count == 0 || random.Below(2) == 0) return WithPoints(new RealCampaign(Generate()));
        var basis = kept[random.Below(kept.Count)];
        buffer.Load(basis.Campaign.Encode());
        other.Load(kept[random.Below(kept.Count)].Campaign.Encode());
        mutators.Mutate(buffer, other, ref random);
        return WithPoints(basis with { Campaign = Doable(Campaign.Decode(buffer.Bytes)) });
    }

    /// <summary>Learns from what a campaign did.</summary>
    public void Note(RealCampaign campaign, Outcome outcome)
    {
        if (Feedback.Learn(outcome.Signs)) kept.Add(campaign);
    }

    /// <summary>Devices come and go much more often than by chance: that is what campaigns are about.</summary>
    private Campaign Generate()
    {
        var chosen = RealOperations.Doable.Where(_ => random.Below(2) == 0).ToList();
        if (chosen.Count == 0) chosen.Add(Opcode.Open);
        var slots = 1 + OperationGenerator.Slot(ref random);
        var length = 2 + random.Below(1 << (1 + random.Below(LongestLog2)));
        var isPlugged = new bool[Operation.Slots];
        var operations = new List<Operation>(length);
        for (var i = 0; i < length; i++)
        {
            var slot = random.Below(slots);
            var comesOrGoes = i == 0 || random.Below(isPlugged[slot] ? 3 : 2) == 0;
            var opcode = comesOrGoes ? (isPlugged[slot] ? Opcode.Unplug : Opcode.Plug) : chosen[random.Below(chosen.Count)];
            if (opcode is Opcode.Plug or Opcode.Unplug) isPlugged[slot] = opcode == Opcode.Plug;
            operations.Add(OperationGenerator.Draw(opcode, slot, ref random) with { Run = Run() });
        }
        return Doable(new Campaign(operations));
    }

    /// <summary>Half of the campaigns get another point, if the host does anything but at first.</summary>
    private RealCampaign WithPoints(RealCampaign campaign)
    {
        var chosen = 2 + random.Below(Math.Max(1, campaign.Length - 1));
        if (random.Below(2) == 0) return campaign.Sound();
        return (campaign with { Points = [KernelWindows.Draw(chosen, ref random), .. campaign.Points] }).Sound();
    }

    private ushort Run() => random.Below(3) == 0 ? (ushort)0 : (ushort)(1 + OperationGenerator.Small(Microseconds, ref random));

    /// <summary>Without what a real guest cannot do.</summary>
    private static Campaign Doable(Campaign campaign) =>
        new([.. campaign.Operations.Where(o => o.Opcode != Opcode.Reset && RealOperations.WhyNot(o) is null)]);
}
