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
    private readonly List<Ptr<VirtioCrypto>> table = [];

    /// <summary>Protects the list (table_lock).</summary>
    internal Mutex TableLock { get; } = new(kernel.World, "table_lock");

    /// <summary>Models virtcrypto_devmgr_add_dev().</summary>
    internal async SimTask AddDevice(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_devmgr_add_dev");
        await TableLock.Lock();
        vcrypto.Write().RefCount = 0;
        table.Add(vcrypto);
        TableLock.Unlock();
        await kernel.Point;
    }

    /// <summary>Models virtcrypto_devmgr_rm_dev().</summary>
    internal async SimTask RemoveDevice(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_devmgr_rm_dev");
        await TableLock.Lock();
        table.Remove(vcrypto);
        TableLock.Unlock();
        await kernel.Point;
    }

    /// <summary>Models virtcrypto_get_dev_node(): a device that is being removed still counts as started.</summary>
    /// <returns>The device, counted as used, or NULL.</returns>
    internal async SimTask<Ptr<VirtioCrypto>> GetDevice()
    {
        using var frame = kernel.Enter("virtcrypto_get_dev_node");
        var found = Ptr<VirtioCrypto>.Null;
        await TableLock.Lock();
        foreach (var candidate in table)
        {
            if (!IsStarted(candidate) || !Supports(candidate)) continue;
            if (found.IsNull || candidate.Read().RefCount < found.Read().RefCount) found = candidate;
        }
        TableLock.Unlock();
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

    /// <summary>Models virtcrypto_dev_started() within its caller.</summary>
    internal static bool IsStarted(Ptr<VirtioCrypto> vcrypto) => (vcrypto.Read().Status & Abi.HardwareReady) != 0;

    /// <summary>Models virtcrypto_algo_is_supported() within its caller, for the one cipher of this driver.</summary>
    internal static bool Supports(Ptr<VirtioCrypto> vcrypto) =>
        (vcrypto.Read().Services >> Abi.ServiceCipher & 1) != 0 && (vcrypto.Read().CipherAlgorithms >> Abi.CipherAesCbc & 1) != 0;
}
