using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Crypto.VirtioCryptoAbi;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>All crypto devices, of which a key gets the one that is used least (virtio_crypto_mgr.c).</summary>
/// <remarks>There are fewer than the 32 that it can have. Nodes of memory are not looked at: s390 has one.</remarks>
/// <param name="kernel">The guest.</param>
internal sealed class VirtioCryptoManager(GuestKernel kernel)
{
    private readonly Mutex tableLock = new(kernel.World, "table_lock");
    private readonly List<Ptr<VirtioCrypto>> table = [];

    /// <summary>Models virtcrypto_devmgr_add_dev().</summary>
    internal async SimTask AddDevice(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_devmgr_add_dev");
        await tableLock.Lock();
        vcrypto.Write().RefCount = 0;
        table.Add(vcrypto);
        tableLock.Unlock();
        await kernel.Point;
    }

    /// <summary>Models virtcrypto_devmgr_rm_dev().</summary>
    internal async SimTask RemoveDevice(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_devmgr_rm_dev");
        await tableLock.Lock();
        table.Remove(vcrypto);
        tableLock.Unlock();
        await kernel.Point;
    }

    /// <summary>Models virtcrypto_get_dev_node(): a device that is being removed still counts as started.</summary>
    /// <returns>The device, counted as used, or NULL.</returns>
    internal async SimTask<Ptr<VirtioCrypto>> GetDevice()
    {
        using var frame = kernel.Enter("virtcrypto_get_dev_node");
        var found = Ptr<VirtioCrypto>.Null;
        await tableLock.Lock();
        foreach (var candidate in table)
        {
            if (!IsStarted(candidate) || !Supports(candidate)) continue;
            if (found.IsNull || candidate.Read().RefCount < found.Read().RefCount) found = candidate;
        }
        tableLock.Unlock();
        // Here a device that nobody uses may go.
        if (!kernel.Variant.Has(Remedies.CryptoUsers)) await kernel.Point;
        if (!found.IsNull) found.Write().RefCount++;
        return found;
    }

    /// <summary>Models virtcrypto_dev_put().</summary>
    internal void Put(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_dev_put");
        if (--vcrypto.Write().RefCount == 0 && vcrypto.Read().IsRetired) kernel.Heap.Free(vcrypto);
    }

    /// <summary>Models virtcrypto_dev_started().</summary>
    internal static bool IsStarted(Ptr<VirtioCrypto> vcrypto) => (vcrypto.Read().Status & Abi.HardwareReady) != 0;

    /// <summary>Models virtcrypto_algo_is_supported() for the one cipher of this driver.</summary>
    internal static bool Supports(Ptr<VirtioCrypto> vcrypto) =>
        (vcrypto.Read().Services >> Abi.ServiceCipher & 1) != 0 && (vcrypto.Read().CipherAlgorithms >> Abi.CipherAesCbc & 1) != 0;

    /// <summary>A device whose driver is unbound is not found, and is freed by whoever gives it back last (remedy CryptoUsers).</summary>
    internal async SimTask Retire(Ptr<VirtioCrypto> vcrypto)
    {
        await tableLock.Lock();
        vcrypto.Write().RefCount++;
        vcrypto.Write().IsRetired = true;
        vcrypto.Write().Status = 0;
        tableLock.Unlock();
        await vcrypto.Read().Users.WaitForNone();
    }

    /// <summary>Does something with queues and engine, which stay meanwhile if the remedy CryptoUsers is on.</summary>
    /// <returns>What it returned, or -ENODEV.</returns>
    internal async SimTask<int> WhileBound(Ptr<VirtioCrypto> vcrypto, Func<SimTask<int>> use)
    {
        if (!kernel.Variant.Has(Remedies.CryptoUsers)) return await use();
        if (vcrypto.Read().IsRetired) return -Errno.ENODEV;
        vcrypto.Read().Users.Begin();
        var result = await use();
        vcrypto.Read().Users.End();
        return result;
    }
}
