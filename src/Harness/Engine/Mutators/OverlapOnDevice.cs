using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Starts another operation on the same device, or on the whole machine, while one runs.</summary>
/// <param name="lengths">How long operations take.</param>
internal sealed class OverlapOnDevice(OperationLengths lengths) : IMutator
{
    private readonly byte[] record = new byte[RecordCodec.Stride];

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0 || buffer.Operations >= Campaign.MaxOperations) return false;
        var chosen = random.Below(buffer.Operations);
        var at = buffer.Record(buffer.StartOf(chosen));
        var before = RecordCodec.DecodeOperation(at);
        RecordCodec.Encode(before with { Run = lengths.Moment(before, ref random) }, at);
        var opcode = (Opcode)random.Below(OperationCatalogue.Count);
        // What came after the one that runs now comes after the new one.
        RecordCodec.Encode(OperationGenerator.Draw(opcode, before.Slot, ref random) with { Run = before.Run }, record);
        return buffer.Insert(buffer.StartOf(chosen + 1), record);
    }
}
