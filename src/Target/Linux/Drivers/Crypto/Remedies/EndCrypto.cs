using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Remedy EndCrypto: nothing comes back from a crypto device that goes, and nobody waits for it.</summary>
internal static class EndCrypto
{
    /// <summary>Breaks the queues, resets the device, waits for callbacks, and ends with -ENODEV what is left in the data queue.</summary>
    public static async SimTask EndRequests(VirtioCore virtio, VirtioCryptoRequests requests, Ptr<VirtioCrypto> vcrypto)
    {
        var (vdev, dataVq) = (vcrypto.Read().Vdev, vcrypto.Read().DataVq);
        await virtio.BreakDevice(vdev);
        await virtio.ResetDevice(vdev);
        await vdev.Read().Config.SynchronizeCbs(vdev);
        await dataVq.Read().DoneTask.Kill();
        while (true)
        {
            await dataVq.Read().Lock.LockIrqSave();
            var req = virtio.Ring.DetachUnusedBuf(dataVq.Read().Vq).As<SkcipherRequest>();
            await dataVq.Read().Lock.UnlockIrqRestore();
            if (req.IsNull) return;
            await requests.Finalize(req, -Errno.ENODEV);
        }
    }
}
