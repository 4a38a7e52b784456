using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Channel;

/// <summary>Placeholder until the channel subsystem lands.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="memory">The guest's RAM.</param>
public sealed class ChannelSubsystem(World world, GuestMemory memory)
{
    /// <summary>Where it lives.</summary>
    public World World => world;

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory => memory;
}
