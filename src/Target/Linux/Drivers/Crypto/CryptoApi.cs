using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Algorithms and transformations (crypto/api.c, algapi.c, skcipher.c), as far as a driver that comes meets them.</summary>
/// <remarks>Sections of crypto_alg_sem are one unit each. No other driver offers an algorithm by the same name.</remarks>
/// <param name="kernel">The guest.</param>
internal sealed class CryptoApi(GuestKernel kernel)
{
    private const int LarvalTimeout = 60_000;
    private readonly List<CryptoAlg> list = [];

    /// <summary>Models crypto_register_alg(): an algorithm is tested before it is used, and whoever registers it waits for that.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> Register(CryptoAlg alg)
    {
        using var frame = kernel.Enter("crypto_register_alg");
        alg.IsDead = false;
        alg.RefCount = 1;
        await kernel.Point;
        alg.IsTested = false;
        if (list.Contains(alg)) return -Errno.EEXIST;
        var larval = kernel.Allocate(new CryptoLarval(kernel.World));
        if (larval.IsNull) return -Errno.ENOMEM;
        Get(alg);
        alg.Larval = larval;
        list.Add(alg);
        await kernel.Point;
        await WaitForTest(alg, larval);
        return 0;
    }

    /// <summary>Models crypto_unregister_alg(): warns if somebody uses it, and leaves it at that; a copy goes with its last user.</summary>
    internal async SimTask Unregister(CryptoAlg alg)
    {
        using var frame = kernel.Enter("crypto_unregister_alg");
        alg.IsDead = true;
        list.Remove(alg);
        await kernel.Point;
        if (alg.RefCount == 1 || kernel.Variant.Has(Remedies.AlgCopy)) return;
        kernel.World.Note(
            ViolationKind.RefCount, $"WARN_ON: {alg.Name} is unregistered while it has {alg.RefCount} references", "struct crypto_alg");
    }

    /// <summary>Models crypto_alloc_skcipher(): an algorithm that is being tested is waited for, one that failed is not given.</summary>
    /// <param name="name">Name of the driver's version.</param>
    /// <param name="untested">The self-test itself asks.</param>
    /// <returns>The transformation, or NULL.</returns>
    internal async SimTask<Ptr<CryptoSkcipher>> AllocSkcipher(string name, bool untested = false)
    {
        using var frame = kernel.Enter("crypto_alloc_skcipher");
        var alg = list.Find(a => a.Name == name);
        if (alg is null) return Ptr<CryptoSkcipher>.Null;
        if (!untested && !alg.Larval.IsNull) await WaitForLarval(alg.Larval);
        if (alg.IsDead || (!untested && !alg.IsTested)) return Ptr<CryptoSkcipher>.Null;
        Get(alg);
        await kernel.Point;
        var tfm = kernel.Allocate(new CryptoSkcipher { Alg = alg });
        if (tfm.IsNull) Put(alg);
        return tfm;
    }

    /// <summary>Models crypto_destroy_tfm().</summary>
    internal async SimTask FreeSkcipher(Ptr<CryptoSkcipher> tfm)
    {
        using var frame = kernel.Enter("crypto_destroy_tfm");
        await tfm.Read().Alg.Exit(tfm);
        await kernel.Point;
        Put(tfm.Read().Alg);
        kernel.Heap.Free(tfm);
    }

    /// <summary>Models skcipher_request_alloc(): with room for its data and what the driver keeps of it.</summary>
    /// <returns>NULL without memory.</returns>
    internal Ptr<SkcipherRequest> AllocRequest(Ptr<CryptoSkcipher> tfm, ReadOnlySpan<byte> data, CryptoWait wait)
    {
        using var frame = kernel.Enter("skcipher_request_alloc");
        if (kernel.Faults.Fails(AllocationKind.Heap)) return Ptr<SkcipherRequest>.Null;
        var length = (uint)data.Length;
        var source = kernel.Memory.Allocate(length, "source of a struct skcipher_request", GuestMemory.Granule);
        data.CopyTo(kernel.Memory.Guest(source, length));
        return kernel.Heap.Allocate(new SkcipherRequest
        {
            Tfm = tfm,
            Source = source,
            Target = kernel.Memory.Allocate(length, "target of a struct skcipher_request", GuestMemory.Granule),
            Status = kernel.Memory.Allocate(1, "struct virtio_crypto_sym_request", GuestMemory.Granule),
            Length = length,
            Wait = wait,
        });
    }

    /// <summary>Models skcipher_request_free(): with its data.</summary>
    internal void FreeRequest(Ptr<SkcipherRequest> req)
    {
        using var frame = kernel.Enter("skcipher_request_free");
        kernel.Memory.Free(req.Read().Source);
        kernel.Memory.Free(req.Read().Target);
        kernel.Memory.Free(req.Read().Status);
        kernel.Heap.Free(req);
    }

    /// <summary>Models crypto_skcipher_encrypt() or crypto_skcipher_decrypt() in crypto_wait_req(), a wait that no signal ends.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> Crypt(Ptr<SkcipherRequest> req, bool encrypt)
    {
        using var frame = kernel.Enter(encrypt ? "crypto_skcipher_encrypt" : "crypto_skcipher_decrypt");
        var wait = req.Read().Wait;
        var result = await req.Read().Tfm.Read().Alg.Crypt(req, encrypt);
        if (result is not (-Errno.EINPROGRESS or -Errno.EBUSY)) return result;
        using var waiting = kernel.Enter("crypto_wait_req");
        await wait.Completion.Wait();
        wait.Completion.Reinit();
        return wait.Error;
    }

    /// <summary>Models crypto_wait_for_test(): the test is a thread of its own.</summary>
    private async SimTask WaitForTest(CryptoAlg alg, Ptr<CryptoLarval> larval)
    {
        using var frame = kernel.Enter("crypto_wait_for_test");
        if (kernel.Faults.Fails(AllocationKind.Heap))
        {
            kernel.Log($"WARNING: nobody tests {alg.Name}");
        }
        else
        {
            kernel.Scheduler.Spawn(ContextKind.KernelThread, "cryptomgr_test", () => Test(alg, larval));
            await larval.Read().Completion.Wait();
        }
        alg.Larval = Ptr<CryptoLarval>.Null;
        larval.Read().Completion.CompleteAll();
        await kernel.Point;
        Put(larval);
        Put(alg);
    }

    /// <summary>Models cryptomgr_test() with alg_test_skcipher(): one key, one block, where the kernel has hundreds.</summary>
    private async SimTask Test(CryptoAlg alg, Ptr<CryptoLarval> larval)
    {
        using var frame = kernel.Enter("cryptomgr_test");
        var tfm = await AllocSkcipher(alg.Name, untested: true);
        var result = tfm.IsNull ? -Errno.ENOMEM : await alg.SetKey(tfm, new byte[VirtioCryptoAbi.BlockSize]);
        if (result == 0) result = await TestVector(tfm);
        if (!tfm.IsNull) await FreeSkcipher(tfm);
        if (result != 0) kernel.Log($"alg: self-tests for {alg.Name} failed (rc={result})");
        alg.IsTested = result == 0 && !alg.IsDead;
        larval.Read().Completion.CompleteAll();
    }

    /// <summary>Models test_skcipher_vec(): there and back.</summary>
    private async SimTask<int> TestVector(Ptr<CryptoSkcipher> tfm)
    {
        using var frame = kernel.Enter("test_skcipher_vec");
        var text = new byte[VirtioCryptoAbi.BlockSize];
        for (var pass = 0; pass < 2; pass++)
        {
            var req = AllocRequest(tfm, text, new CryptoWait(kernel.World));
            if (req.IsNull) return -Errno.ENOMEM;
            var result = await Crypt(req, encrypt: pass == 0);
            kernel.Memory.Guest(req.Read().Target, VirtioCryptoAbi.BlockSize).CopyTo(text);
            FreeRequest(req);
            if (result != 0) return result;
        }
        return Array.TrueForAll(text, b => b == 0) ? 0 : -Errno.EINVAL;
    }

    /// <summary>Models crypto_larval_wait().</summary>
    private async SimTask WaitForLarval(Ptr<CryptoLarval> larval)
    {
        using var frame = kernel.Enter("crypto_larval_wait");
        larval.Write().RefCount++;
        await larval.Read().Completion.Wait(LarvalTimeout);
        Put(larval);
    }

    private void Get(CryptoAlg alg)
    {
        if (alg.RefCount++ > 0) return;
        kernel.World.Note(ViolationKind.RefCount, $"{alg.Name} is taken without a reference on it", "struct crypto_alg");
    }

    private void Put(CryptoAlg alg)
    {
        if (--alg.RefCount >= 0) return;
        kernel.World.Note(ViolationKind.RefCount, $"{alg.Name} is put once too often", "struct crypto_alg");
    }

    private void Put(Ptr<CryptoLarval> larval)
    {
        if (--larval.Write().RefCount == 0) kernel.Heap.Free(larval);
    }
}
