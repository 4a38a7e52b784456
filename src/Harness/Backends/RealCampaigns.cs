using CcwFuzz.Harness.Engine;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Backends;

/// <summary>Chooses campaigns for a real guest, of operations that it can do.</summary>
/// <remarks>
/// Nothing of the guest is instrumented; what it says is the feedback. A campaign that brought a log line of a new shape is kept, and
/// half of the others are made of those that were kept.
/// </remarks>
internal sealed class RealCampaigns(ulong seed)
{
    private const int LongestLog2 = 4;
    private const int Microseconds = 4096;
    private readonly MutatorSet mutators = new(new OperationLengths());
    private readonly RecordBuffer buffer = new();
    private readonly RecordBuffer other = new();
    private readonly List<byte[]> kept = [];
    private readonly HashSet<string> shapes = new(StringComparer.Ordinal);
    private SplitMix random = new(seed);

    /// <summary>Shapes of log lines that were seen.</summary>
    public int Shapes => shapes.Count;

    /// <summary>Campaigns that brought a new one.</summary>
    public int Kept => kept.Count;

    /// <summary>The next campaign.</summary>
    public Campaign Next()
    {
        if (kept.Count == 0 || random.Below(2) == 0) return Generate();
        buffer.Load(kept[random.Below(kept.Count)]);
        other.Load(kept[random.Below(kept.Count)]);
        mutators.Mutate(buffer, other, ref random);
        return Doable(Campaign.Decode(buffer.Bytes));
    }

    /// <summary>Learns from what a campaign did.</summary>
    public void Note(Campaign campaign, Outcome outcome)
    {
        var isNew = false;
        foreach (var line in outcome.Log) isNew |= shapes.Add(LogOracle.ShapeOf(line));
        if (isNew) kept.Add(campaign.Encode());
    }

    private Campaign Generate()
    {
        var chosen = RealOperations.Doable.Where(_ => random.Below(2) == 0).ToList();
        if (chosen.Count == 0) chosen.Add(Opcode.Unplug);
        var slots = 1 + OperationGenerator.Slot(ref random);
        var length = 2 + random.Below(1 << (1 + random.Below(LongestLog2)));
        var operations = new List<Operation>(length);
        for (var i = 0; i < length; i++)
        {
            var opcode = i == 0 ? Opcode.Plug : chosen[random.Below(chosen.Count)];
            operations.Add(OperationGenerator.Draw(opcode, random.Below(slots), ref random) with { Run = Run() });
        }
        return Doable(new Campaign(operations));
    }

    private ushort Run() => random.Below(3) == 0 ? (ushort)0 : (ushort)(1 + OperationGenerator.Small(Microseconds, ref random));

    /// <summary>Without what a real guest cannot do.</summary>
    private static Campaign Doable(Campaign campaign) =>
        new([.. campaign.Operations.Where(o => o.Opcode != Opcode.Reset && RealOperations.WhyNot(o) is null)]);
}
