using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>How many scheduling points operations take until everything is quiet, as far as was seen.</summary>
/// <remarks>
/// A disk takes 430 points to come online, a read of an attribute ten. Who wants to meet a moment within an operation has to know which
/// moments there are.
/// </remarks>
internal sealed class OperationLengths
{
    private const int Arguments = 8;
    private const int LongestLog2 = 11;
    private const int ShortestLog2 = 4;
    private readonly int[] lengths = new int[OperationCatalogue.Count * Arguments];

    /// <summary>Looks at the operations of an execution that nothing else overlapped.</summary>
    /// <param name="campaign">What was run.</param>
    /// <param name="beginnings">How many points had been passed when each operation began.</param>
    public void Learn(Campaign campaign, IReadOnlyList<int> beginnings)
    {
        var wasQuiet = true;
        for (var i = 0; i < campaign.Operations.Count && i + 1 < beginnings.Count; i++)
        {
            var operation = campaign.Operations[i];
            var length = beginnings[i + 1] - beginnings[i];
            if (wasQuiet && operation.WaitsUntilQuiet && length > 0) lengths[IndexOf(operation)] = length;
            wasQuiet = operation.WaitsUntilQuiet;
        }
    }

    /// <summary>When another operation shall start within one: each moment is as likely as another.</summary>
    /// <remarks>Where nobody knows how long it takes, and now and then in any case, up to a bound of any magnitude.</remarks>
    public ushort Moment(Operation operation, ref SplitMix random)
    {
        var length = lengths[IndexOf(operation)];
        if (length == 0 || random.Below(4) == 0)
            length = 1 << (ShortestLog2 + random.Below(LongestLog2 - ShortestLog2 + 1));
        return (ushort)(1 + random.Below(Math.Min(length, ushort.MaxValue)));
    }

    private static int IndexOf(Operation operation) => ((int)operation.Opcode * Arguments) + Math.Min((int)operation.A, Arguments - 1);
}
