using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Lets an operation on the same device start anywhere within the one before it: what is open for a moment is met by sweeping.</summary>
/// <remarks>
/// <see cref="ChangeOverlap"/> prefers early moments and small steps. A device takes 260 to 1,700 scheduling points to come online, and each
/// of them has the same chance here.
/// </remarks>
internal sealed class SweepOverlap : IMutator
{
    private const int ShortestLog2 = 5;
    private const int LongestLog2 = 11;
    private const int Attempts = 4;

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        for (var i = 0; i < Attempts && buffer.Operations > 1; i++)
        {
            var first = random.Below(buffer.Operations - 1);
            var (before, after) = (At(buffer, first), At(buffer, first + 1));
            if (before.Slot != after.Slot && HasSlot(before) && HasSlot(after)) continue;
            var run = Moment(ref random);
            RecordCodec.Encode(before with { Run = run }, buffer.Record(buffer.StartOf(first)));
            return run != before.Run;
        }
        return false;
    }

    /// <summary>A moment within an operation, each as likely as another up to a bound.</summary>
    public static ushort Moment(ref SplitMix random) =>
        (ushort)(1 + random.Below(1 << (ShortestLog2 + random.Below(LongestLog2 - ShortestLog2 + 1))));

    private static Operation At(RecordBuffer buffer, int operation) => RecordCodec.DecodeOperation(buffer.Groups(operation, 1));

    private static bool HasSlot(Operation operation) => OperationTable.Of(operation.Opcode).HasSlot;
}
