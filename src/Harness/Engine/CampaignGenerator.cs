using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>Makes campaigns at random, each with its own subset of operations and slots.</summary>
/// <remarks>Leaving operations out makes the others collide: Groce, Zhang, Eide, Chen, Regehr: Swarm testing, ISSTA 2012.</remarks>
internal sealed class CampaignGenerator
{
    private const int LongestLog2 = 5;
    private readonly Opcode[] chosen = new Opcode[OperationCatalogue.Count];
    private readonly byte[] record = new byte[RecordCodec.Stride];

    /// <summary>Fills a buffer with a new campaign.</summary>
    public void Generate(RecordBuffer buffer, ref SplitMix random)
    {
        buffer.Clear();
        var kinds = ChooseOpcodes(ref random);
        var slots = 1 + OperationGenerator.Slot(ref random);
        var length = 1 + random.Below(1 << (1 + random.Below(LongestLog2)));
        for (var i = 0; i < length; i++)
        {
            // Nearly nothing happens without a device.
            var opcode = i == 0 ? Opcode.Plug : chosen[random.Below(kinds)];
            RecordCodec.Encode(OperationGenerator.Draw(opcode, random.Below(slots), ref random), record);
            buffer.Insert(buffer.Records, record);
            Attach(buffer, ref random);
        }
    }

    private int ChooseOpcodes(ref SplitMix random)
    {
        var count = 0;
        for (var i = 0; i < OperationCatalogue.Count; i++)
            if (random.Below(2) == 0) chosen[count++] = (Opcode)i;
        if (count == 0) chosen[count++] = Opcode.Unplug;
        return count;
    }

    private void Attach(RecordBuffer buffer, ref SplitMix random)
    {
        if (random.Below(16) == 0)
        {
            RecordCodec.Encode(OperationGenerator.DrawFault(ref random), record);
            buffer.Insert(buffer.Records, record);
        }
        while (random.Below(4) == 0)
        {
            RecordCodec.Encode(OperationGenerator.DrawDeviation(ref random), record);
            buffer.Insert(buffer.Records, record);
        }
    }
}
