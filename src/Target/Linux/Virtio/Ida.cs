using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Hands out the lowest free number (struct ida, lib/idr.c).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">Name of the variable, for reports.</param>
public sealed class Ida(World world, string name)
{
    private readonly List<bool> used = [];

    /// <summary>Takes the lowest number that is free (ida_alloc).</summary>
    public int Allocate()
    {
        for (var i = 0; i < used.Count; i++)
        {
            if (used[i]) continue;
            used[i] = true;
            return i;
        }
        used.Add(true);
        return used.Count - 1;
    }

    /// <summary>Gives a number back (ida_free).</summary>
    /// <exception cref="ViolationException">It is not taken.</exception>
    public void Free(int id)
    {
        if ((uint)id >= (uint)used.Count || !used[id])
            world.Fail(ViolationKind.InvalidFree, $"ida_free() of {id}, which is not allocated from {name}", name);
        used[id] = false;
    }
}
