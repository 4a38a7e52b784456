using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>Draws operations and their parts; small and usual values are more likely than others.</summary>
internal static class OperationGenerator
{
    private const int SmallRange = 256;

    /// <summary>An operation of any kind.</summary>
    public static Operation Draw(ref SplitMix random) => Draw((Opcode)random.Below(OperationCatalogue.Count), Slot(ref random), ref random);

    /// <summary>An operation of one kind on one slot.</summary>
    public static Operation Draw(Opcode opcode, int slot, ref SplitMix random)
    {
        var info = OperationCatalogue.Of(opcode);
        return OperationCatalogue.Normalize(new Operation(
            opcode,
            (byte)slot,
            info.A is { } a ? Value(a, ref random) : (ushort)0,
            info.B is { } b ? Value(b, ref random) : (ushort)0,
            Run(ref random)));
    }

    /// <summary>A slot; half of them the first.</summary>
    public static int Slot(ref SplitMix random) => random.Below(8) switch
    {
        < 4 => 0,
        < 6 => 1,
        6 => 2,
        _ => 3,
    };

    /// <summary>When the next operation starts; half of them when everything is quiet.</summary>
    public static ushort Run(ref SplitMix random) => random.Below(2) == 0 ? (ushort)0 : (ushort)(1 + Small(512, ref random));

    /// <summary>A value of an argument.</summary>
    public static ushort Value(Parameter parameter, ref SplitMix random)
    {
        var range = parameter.Max - parameter.Min + 1;
        // Another device number than the slot's own is a special case, not one of four.
        if (parameter.IsDevno && random.Below(8) != 0) return (ushort)parameter.Min;
        if (parameter.HasUsual && random.Below(2) == 0) return (ushort)parameter.Min;
        return (ushort)(parameter.Min + (range <= SmallRange ? random.Below(range) : Small(range, ref random)));
    }

    /// <summary>A number below a bound, each order of magnitude as likely as another.</summary>
    public static int Small(int bound, ref SplitMix random)
    {
        var bits = 32 - int.LeadingZeroCount(bound - 1);
        return Math.Min(bound - 1, random.Below(1 << random.Below(bits + 1)));
    }

    /// <summary>A deviation somewhere after an operation started.</summary>
    public static Deviation DrawDeviation(ref SplitMix random) => new(0, Small(1024, ref random), 1 + Small(8, ref random));

    /// <summary>An allocation that fails.</summary>
    public static Fault DrawFault(ref SplitMix random) => new(0, (AllocationKind)random.Below(3), 1 + Small(64, ref random));
}
