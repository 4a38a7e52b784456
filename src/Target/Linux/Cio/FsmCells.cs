using System.Numerics;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Cells of the ccw device's state machine: pairs of a state and an event in it (dev_jumptable, device_fsm.c).</summary>
/// <remarks>They are features of the engine as well; there they share a map with others, here they are exact.</remarks>
public sealed class FsmCells
{
    /// <summary>Number of states (NR_DEV_STATES).</summary>
    public const int States = (int)DevState.StealLock + 1;

    /// <summary>Number of events (NR_DEV_EVENTS).</summary>
    public const int Events = (int)DevEvent.Verify + 1;

    private ulong bits;

    /// <summary>Number of cells in the set.</summary>
    public int Count => BitOperations.PopCount(bits);

    /// <summary>Whether a cell is in the set.</summary>
    public bool Contains(DevState state, DevEvent happened) => (bits & Bit(state, happened)) != 0;

    /// <summary>Adds a cell.</summary>
    public void Add(DevState state, DevEvent happened) => bits |= Bit(state, happened);

    /// <summary>Adds all cells of another set.</summary>
    public void Add(FsmCells other)
    {
        ArgumentNullException.ThrowIfNull(other);
        bits |= other.bits;
    }

    private static ulong Bit(DevState state, DevEvent happened) => 1UL << (((int)state * Events) + (int)happened);
}
