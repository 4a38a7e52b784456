using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Lets an operation on the same device start anywhere within the one before it: windows are met by sweeping.</summary>
/// <remarks><see cref="ChangeOverlap"/> prefers early moments and small steps; here all moments have the same chance.</remarks>
/// <param name="lengths">How long operations take.</param>
internal sealed class SweepOverlap(OperationLengths lengths) : IMutator
{
    private const int Attempts = 4;

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        for (var i = 0; i < Attempts && buffer.Operations > 1; i++)
        {
            var first = random.Below(buffer.Operations - 1);
            var (before, after) = (At(buffer, first), At(buffer, first + 1));
            if (before.Slot != after.Slot && HasSlot(before) && HasSlot(after)) continue;
            var run = lengths.Moment(before, ref random);
            RecordCodec.Encode(before with { Run = run }, buffer.Record(buffer.StartOf(first)));
            return run != before.Run;
        }
        return false;
    }

    private static Operation At(RecordBuffer buffer, int operation) => RecordCodec.DecodeOperation(buffer.Groups(operation, 1));

    private static bool HasSlot(Operation operation) => OperationCatalogue.Of(operation.Opcode).HasSlot;
}
