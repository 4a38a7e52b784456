using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <summary>Remedy InputCallbacks: no callback of a keyboard runs, or comes, once it is being removed.</summary>
internal static class InputCallbacks
{
    /// <summary>Breaks the queues, so that no callback begins, and waits for those that run.</summary>
    public static async SimTask Stop(VirtioCore virtio, Ptr<VirtioDevice> vdev)
    {
        await virtio.BreakDevice(vdev);
        await vdev.Read().Config.SynchronizeCbs(vdev);
    }
}
