using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>What observers of the virtio core and its queues are told at the moment it happens.</summary>
/// <remarks>They change nothing, and nothing depends on them.</remarks>
public interface IVirtioWatch
{
    /// <summary>A driver is told of a change of the configuration.</summary>
    void ConfigChanged(Ptr<VirtioDevice> vdev);

    /// <summary>A queue's callback is called.</summary>
    void Callback(Ptr<Virtqueue> vq);

    /// <summary>vring_interrupt() looks at a queue.</summary>
    void Interrupted(Ptr<Virtqueue> vq);

    /// <summary>The guest found that the host made a mess of a ring.</summary>
    void RingBroken(Ptr<Virtqueue> vq, string why);
}
