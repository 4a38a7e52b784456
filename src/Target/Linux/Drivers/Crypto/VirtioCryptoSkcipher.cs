using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Crypto.VirtioCryptoAbi;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>The cipher of the driver (virtio_crypto_skcipher_algs.c): one registration for all devices.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="api">The crypto API.</param>
/// <param name="manager">All crypto devices.</param>
/// <param name="sessions">Sessions of the host.</param>
/// <param name="requests">Requests on the data queue.</param>
internal sealed class VirtioCryptoSkcipher(
    GuestKernel kernel, CryptoApi api, VirtioCryptoManager manager, VirtioCryptoSessions sessions, VirtioCryptoRequests requests)
{
    /// <summary>Name by which a process asks for this driver's version of cbc(aes).</summary>
    internal const string DriverName = "virtio_crypto_aes_cbc";

    private readonly Mutex algsLock = new(kernel.World, "algs_lock");
    private CryptoAlg? alg;
    private int activeDevs;

    /// <summary>Models virtio_crypto_skcipher_algs_register(): the first device registers the algorithm, and waits for its test.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> Register(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtio_crypto_skcipher_algs_register");
        var result = 0;
        await algsLock.Lock();
        if (VirtioCryptoManager.Supports(vcrypto))
        {
            if (activeDevs == 0) result = await api.Register(Algorithm());
            if (result == 0) activeDevs++;
        }
        algsLock.Unlock();
        await kernel.Point;
        return result;
    }

    /// <summary>Models virtio_crypto_skcipher_algs_unregister(): the last device unregisters the algorithm, used or not.</summary>
    internal async SimTask Unregister(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtio_crypto_skcipher_algs_unregister");
        await algsLock.Lock();
        if (activeDevs != 0 && VirtioCryptoManager.Supports(vcrypto))
        {
            if (activeDevs == 1) await api.Unregister(alg!);
            activeDevs--;
        }
        algsLock.Unlock();
        await kernel.Point;
    }

    /// <summary>The static structure of the driver, or a copy of it that belongs to its users (remedy AlgCopy).</summary>
    private CryptoAlg Algorithm()
    {
        if (kernel.Variant.Has(Remedies.AlgCopy)) alg = null;
        return alg ??= new CryptoAlg(DriverName) { SetKey = SetKey, Crypt = Crypt, DoOneRequest = requests.DoRequest, Exit = Exit };
    }

    /// <summary>Models virtio_crypto_skcipher_setkey().</summary>
    private async SimTask<int> SetKey(Ptr<CryptoSkcipher> tfm, byte[] key)
    {
        using var frame = kernel.Enter("virtio_crypto_skcipher_setkey");
        if (key.Length is not (16 or 24 or 32)) return -Errno.EINVAL;
        if (tfm.Read().Vcrypto.IsNull)
        {
            var vcrypto = await manager.GetDevice();
            if (vcrypto.IsNull) return -Errno.ENODEV;
            tfm.Write().Vcrypto = vcrypto;
        }
        else
        {
            await sessions.Close(tfm, encrypt: true);
            await sessions.Close(tfm, encrypt: false);
        }
        var result = await sessions.InitBoth(tfm, key);
        if (result == 0) return 0;
        manager.Put(tfm.Read().Vcrypto);
        tfm.Write().Vcrypto = Ptr<VirtioCrypto>.Null;
        return result;
    }

    /// <summary>Encrypts or decrypts on the device that has the key.</summary>
    private SimTask<int> Crypt(Ptr<SkcipherRequest> req, bool encrypt)
    {
        var vcrypto = req.Read().Tfm.Read().Vcrypto;
        return CryptoUsers.WhileBound(kernel, vcrypto, () => requests.Crypt(vcrypto, req, encrypt));
    }

    /// <summary>Models virtio_crypto_skcipher_exit().</summary>
    private async SimTask Exit(Ptr<CryptoSkcipher> tfm)
    {
        using var frame = kernel.Enter("virtio_crypto_skcipher_exit");
        if (tfm.Read().Vcrypto.IsNull) return;
        await sessions.Close(tfm, encrypt: true);
        await sessions.Close(tfm, encrypt: false);
        manager.Put(tfm.Read().Vcrypto);
        tfm.Write().Vcrypto = Ptr<VirtioCrypto>.Null;
    }
}
