namespace CcwFuzz.Target.Simulation;

/// <summary>Tells the engine which context takes a lock after which other one.</summary>
/// <param name="name">Name of the lock.</param>
internal struct LockHistory(string name)
{
    private Context? last;
    private uint hash;

    /// <summary>A context took the lock.</summary>
    public void Taken(World world, Context by)
    {
        var before = last;
        if (ReferenceEquals(before, by)) return;
        last = by;
        if (before is null || !world.Features.Has(Feedback.Locks)) return;
        if (hash == 0) hash = FeatureMap.HashOf(name);
        world.Features.Hit(Feedback.Locks, hash ^ before.NameHash, by.NameHash);
    }
}
