using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Finds faults and deviations in a buffer.</summary>
internal static class Attachments
{
    /// <summary>The index of one of the records of a kind, or -1 if there is none.</summary>
    public static int Pick(RecordBuffer buffer, RecordKind kind, ref SplitMix random)
    {
        var count = 0;
        for (var i = 0; i < buffer.Records; i++)
            if (buffer.KindOf(i) == kind) count++;
        if (count == 0) return -1;
        var chosen = random.Below(count);
        for (var i = 0; ; i++)
            if (buffer.KindOf(i) == kind && chosen-- == 0) return i;
    }
}
