using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Remedy LostBuffers: when its device is gone, a driver gets the buffers back that are still in its queues.</summary>
internal static class LostBuffers
{
    /// <summary>Models virtio_break_device() for a device that is gone: its queues are broken, and their callbacks run once more.</summary>
    /// <remarks>A callback runs under vqs_list_lock, so that no queue goes meanwhile.</remarks>
    public static async SimTask LoseDevice(VirtioCore virtio, Ptr<VirtioDevice> vdev)
    {
        using var frame = virtio.Kernel.Enter("virtio_break_device");
        await vdev.Read().VqsListLock.LockIrqSave();
        vdev.Write().IsLost = true;
        // All of them first: a callback may spin for a lock whose holder polls another queue.
        foreach (var vq in vdev.Read().Vqs) virtio.Ring.Break(vq);
        foreach (var vq in vdev.Read().Vqs)
        {
            if (vq.Read().IsLost) continue;
            vq.Write().IsLost = true;
            // Before, the driver may not know the queue; after a reset it takes its buffers back itself.
            if (vdev.Read().AllowsCallbacks && vq.Read().Callback is { } callback) await callback(vq);
        }
        await vdev.Read().VqsListLock.UnlockIrqRestore();
    }

    /// <summary>Says whether the driver of a device that is lost is called: between virtio_device_ready() and the next reset.</summary>
    public static async SimTask AllowCallbacks(Ptr<VirtioDevice> vdev, bool allows)
    {
        await vdev.Read().VqsListLock.LockIrqSave();
        vdev.Write().AllowsCallbacks = allows;
        await vdev.Read().VqsListLock.UnlockIrqRestore();
    }
}
