using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I26, I27: a device that was reset or unplugged uses no buffer and notifies nobody of a queue.</summary>
/// <param name="world">Where violations go.</param>
internal sealed class HostSilenceCheck(World world)
{
    /// <summary>The host uses a queue.</summary>
    /// <param name="sch">The device's subchannel, or null.</param>
    /// <param name="desc">Where the queue's descriptors are; 0 if it is not set up.</param>
    /// <param name="how">What the host does, for reports.</param>
    public void Queue(HostSubchannel? sch, ulong desc, string how)
    {
        if (sch is null) Note($"{how} of a device that is unplugged");
        else if (desc == 0) Note($"{how} of a queue that is not set up");
    }

    private void Note(string what) => world.Note(ViolationKind.Protocol, what, "struct VirtIODevice", what);
}
