namespace CcwFuzz.Target.Simulation;

/// <summary>Tells the engine which context takes a lock after which other one, and <see cref="LockOrder"/> what was held then.</summary>
/// <param name="name">Name of the lock.</param>
/// <param name="isOrdered">Whether its order is looked at (not lockdep_set_novalidate_class).</param>
internal struct LockHistory(string name, bool isOrdered = true)
{
    private Context? last;
    private uint hash;
    private int node = -1;

    /// <summary>A context took the lock.</summary>
    /// <param name="world">Where it lives.</param>
    /// <param name="by">Who.</param>
    /// <param name="unordered">It would not have waited, or the caller vouches for the order.</param>
    /// <param name="read">Taken for reading.</param>
    public void Taken(World world, Context by, bool unordered = false, bool read = false)
    {
        if (isOrdered)
        {
            if (node < 0) node = world.LockOrder.NodeOf(name);
            world.LockOrder.Taken(by, read ? node + 1 : node, unordered);
        }
        var before = last;
        if (ReferenceEquals(before, by)) return;
        last = by;
        if (before is null || !world.Features.Has(Feedback.Locks)) return;
        if (hash == 0) hash = FeatureMap.HashOf(name);
        world.Features.Hit(Feedback.Locks, hash ^ before.NameHash, by.NameHash);
    }

    /// <summary>A context released the lock.</summary>
    public readonly void Released(Context by, bool read = false)
    {
        if (isOrdered) by.Release(read ? node + 1 : node);
    }
}
