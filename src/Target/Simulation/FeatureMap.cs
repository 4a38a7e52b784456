namespace CcwFuzz.Target.Simulation;

/// <summary>What one execution reached: kernel call chains, state machine cells, operation states.</summary>
/// <remarks>
/// A fixed map of 64 Ki cells, indexed by a hash of the feature's name; resetting costs as much as the last run touched.
/// It is the engine's feedback until woven edge coverage joins it; both are read through <see cref="Touched"/>.
/// </remarks>
public sealed class FeatureMap
{
    /// <summary>Number of cells.</summary>
    public const int Size = 1 << 16;

    private readonly bool[] cells = new bool[Size];
    private readonly ushort[] touched = new ushort[Size];
    private int count;

    /// <summary>Cells reached in this execution, in the order they were first reached.</summary>
    public ReadOnlySpan<ushort> Touched => touched.AsSpan(0, count);

    /// <summary>Marks the feature with this hash as reached.</summary>
    public void Hit(uint hash)
    {
        var cell = (ushort)(hash ^ (hash >> 16));
        if (cells[cell]) return;
        cells[cell] = true;
        touched[count++] = cell;
    }

    /// <summary>Marks a pair of values, such as (state, event), within a named family.</summary>
    public void Hit(uint family, uint a, uint b) => Hit(((family * 31) + a) * 2654435761u ^ (b * 40503u));

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        for (var i = 0; i < count; i++) cells[touched[i]] = false;
        count = 0;
    }
}
