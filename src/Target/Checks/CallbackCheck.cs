using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I19, I28, I53: a virtio driver is called back between its probe and its remove only, and rings stay in order.</summary>
/// <param name="world">Where violations go.</param>
internal sealed class CallbackCheck(World world)
{
    /// <summary>A queue's callback is called.</summary>
    public void Callback(Virtqueue vq)
    {
        if (vq.Vdev.Target is { DriverLife: DriverLife.None }) Note("struct vring_virtqueue", "a queue is called back without a driver");
    }

    /// <summary>A change of the configuration is delivered.</summary>
    public void ConfigChanged(VirtioDevice vdev)
    {
        if (vdev.DriverLife != DriverLife.Bound) Note("struct virtio_device", "a change is delivered outside of the driver's life");
    }

    /// <summary>A ring is found in disorder.</summary>
    public void RingBroken(string why) => Note("struct vring_virtqueue", "the host returns a descriptor that is not its own", why);

    private void Note(string type, string what, string why = "") =>
        world.Note(ViolationKind.Protocol, why.Length == 0 ? what : $"{what}: {why}", type, what);
}
