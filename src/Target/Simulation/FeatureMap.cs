namespace CcwFuzz.Target.Simulation;

/// <summary>What one execution reached beside edges: call chains, state machine cells, orders of locks and accesses.</summary>
/// <remarks>
/// A fixed map of 64 Ki cells, indexed by a hash of the feature's name; resetting costs as much as the last run touched.
/// Edges of the code are counted in <see cref="EdgeMap"/>.
/// </remarks>
public sealed class FeatureMap
{
    /// <summary>Number of cells.</summary>
    public const int Size = 1 << 16;

    private readonly bool[] cells = new bool[Size];
    private readonly ushort[] touched = new ushort[Size];
    private int count;

    /// <summary>What is recorded.</summary>
    public Feedback On { get; set; } = Feedbacks.Usual;

    /// <summary>Cells reached in this execution, in the order they were first reached.</summary>
    public ReadOnlySpan<ushort> Touched => touched.AsSpan(0, count);

    /// <summary>Whether a kind is recorded.</summary>
    public bool Has(Feedback kind) => (On & kind) != 0;

    /// <summary>Marks the call chain with this hash as reached.</summary>
    public void Hit(uint hash)
    {
        if (Has(Feedback.Chains)) Mark(hash);
    }

    /// <summary>Marks a pair of values, such as (state, event), within a named family.</summary>
    public void Hit(uint family, uint a, uint b)
    {
        if (Has(Feedback.Fsm)) Mark(((family * 31) + a) * 2654435761u ^ (b * 40503u));
    }

    /// <summary>Marks a pair of hashes of a kind; their order counts.</summary>
    public void Hit(Feedback kind, uint first, uint second)
    {
        if (Has(kind)) Mark(((((first * 2654435761u) ^ second) * 2246822519u) + (uint)kind) * 3266489917u);
    }

    /// <summary>A stable hash of a name (FNV-1a).</summary>
    public static uint HashOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var hash = 2166136261u;
        foreach (var c in name) hash = (hash ^ c) * 16777619;
        return hash;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        for (var i = 0; i < count; i++) cells[touched[i]] = false;
        count = 0;
    }

    private void Mark(uint hash)
    {
        var cell = (ushort)(hash ^ (hash >> 16));
        if (cells[cell]) return;
        cells[cell] = true;
        touched[count++] = cell;
    }
}
