using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>What a transport can do for a virtio device (struct virtio_config_ops, include/linux/virtio_config.h).</summary>
/// <remarks>All of these may sleep, except <see cref="BusName"/>.</remarks>
public interface IVirtioConfigOps
{
    /// <summary>The feature bits that the device offers (get_features).</summary>
    SimTask<ulong> GetFeatures(Ptr<VirtioDevice> vdev);

    /// <summary>Tells the device which features were chosen (finalize_features).</summary>
    /// <returns>0 or a negative errno.</returns>
    SimTask<int> FinalizeFeatures(Ptr<VirtioDevice> vdev);

    /// <summary>Reads a part of the configuration space (get).</summary>
    /// <remarks>May leave the buffer untouched on an error, as virtio_ccw_get_config() does.</remarks>
    /// <param name="vdev">The device.</param>
    /// <param name="offset">Where the part starts, in bytes.</param>
    /// <param name="buffer">Receives the bytes in the device's order.</param>
    /// <param name="length">How many bytes.</param>
    SimTask Get(Ptr<VirtioDevice> vdev, uint offset, byte[] buffer, int length);

    /// <summary>Writes a part of the configuration space (set); an error is not reported.</summary>
    SimTask Set(Ptr<VirtioDevice> vdev, uint offset, byte[] data, int length);

    /// <summary>Reads the status byte (get_status).</summary>
    SimTask<byte> GetStatus(Ptr<VirtioDevice> vdev);

    /// <summary>Writes the status byte (set_status); an error is not reported.</summary>
    SimTask SetStatus(Ptr<VirtioDevice> vdev, byte status);

    /// <summary>Resets the device (reset).</summary>
    SimTask Reset(Ptr<VirtioDevice> vdev);

    /// <summary>Creates the virtqueues and tells the device about them (find_vqs).</summary>
    /// <param name="vdev">The device.</param>
    /// <param name="count">Number of entries in each array.</param>
    /// <param name="vqs">Receives the queues; NULL where the name is null.</param>
    /// <param name="callbacks">Called when the device used buffers; null for none.</param>
    /// <param name="names">Names; null for a queue that is not wanted.</param>
    /// <returns>0 or a negative errno.</returns>
    SimTask<int> FindVqs(
        Ptr<VirtioDevice> vdev, int count, Ptr<Virtqueue>[] vqs, Func<Ptr<Virtqueue>, SimTask>?[] callbacks, string?[] names);

    /// <summary>Takes the virtqueues back from the device and frees them (del_vqs).</summary>
    SimTask DelVqs(Ptr<VirtioDevice> vdev);

    /// <summary>Waits until every callback that runs now has ended (synchronize_cbs).</summary>
    SimTask SynchronizeCbs(Ptr<VirtioDevice> vdev);

    /// <summary>Name of the device on the transport's bus, e.g. "0.0.1234" (bus_name).</summary>
    string BusName(Ptr<VirtioDevice> vdev);
}
