using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Random;

/// <summary>A generator of random numbers (struct hwrng, include/linux/hw_random.h); drivers derive their structure from it.</summary>
/// <param name="world">Where it lives.</param>
public abstract class Hwrng(World world) : HeapObject
{
    /// <summary>Name in sysfs, e.g. "virtio_rng.0".</summary>
    public string Name { get; set; } = "";

    /// <summary>Entropy in 1024 bits of output.</summary>
    public int Quality { get; set; }

    /// <summary>Users that may read from it (ref); 0 when it is not the current one and nobody reads.</summary>
    internal int RefCount { get; set; }

    /// <summary>Runs when the last user is gone (cleanup_work).</summary>
    internal SystemWork? CleanupWork { get; set; }

    /// <summary>Nobody uses it any more (cleanup_done).</summary>
    internal Completion CleanupDone { get; } = new(world, "for the random generator to become unused");

    /// <summary>It is being unregistered (dying).</summary>
    internal Completion Dying { get; } = new(world, "for the random generator to recover");

    /// <summary>The node behind which it may be.</summary>
    internal DeviceNodes.Node? Node { get; set; }

    /// <summary>Reads up to <paramref name="size"/> bytes into guest-private memory (read).</summary>
    /// <returns>The number of bytes or a negative errno.</returns>
    public abstract SimTask<int> Read(byte[] buffer, int size, bool wait);

    /// <summary>Called when nobody uses it any more (cleanup).</summary>
    public virtual void Cleanup()
    {
    }
}
