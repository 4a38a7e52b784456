using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Crypto.VirtioCryptoAbi;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Requests on the data queue (virtio_crypto_skcipher_algs.c, virtio_crypto_core.c).</summary>
/// <param name="kernel">The guest.</param>
/// <param name="ring">The virtqueues.</param>
/// <param name="engines">What hands requests on.</param>
internal sealed class VirtioCryptoRequests(GuestKernel kernel, VirtioRing ring, CryptoEngines engines)
{
    /// <summary>Models virtio_crypto_skcipher_encrypt() and virtio_crypto_skcipher_decrypt(): the request goes to the engine.</summary>
    /// <returns>-EINPROGRESS, 0 if there is nothing to do, or another negative errno.</returns>
    internal async SimTask<int> Crypt(Ptr<VirtioCrypto> vcrypto, Ptr<SkcipherRequest> req, bool encrypt)
    {
        using var frame = kernel.Enter(encrypt ? "virtio_crypto_skcipher_encrypt" : "virtio_crypto_skcipher_decrypt");
        var dataVq = vcrypto.Read().DataVq;
        if (req.Read().Length == 0) return 0;
        if (req.Read().Length % Abi.BlockSize != 0) return -Errno.EINVAL;
        req.Write().Dataq = dataVq;
        req.Write().Encrypt = encrypt;
        await kernel.Point;
        return await engines.TransferRequest(dataVq.Read().Engine, req);
    }

    /// <summary>Models __virtio_crypto_skcipher_do_req() with virtio_crypto_skcipher_crypt_req(): called by the engine's thread.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> DoRequest(Ptr<SkcipherRequest> req)
    {
        using var frame = kernel.Enter("__virtio_crypto_skcipher_do_req");
        var tfm = req.Read().Tfm;
        var length = req.Read().Length;
        var dataVq = req.Read().Dataq;
        var isShort = kernel.Faults.Fails(AllocationKind.Heap) || kernel.Faults.Fails(AllocationKind.Heap);
        if (isShort) return -Errno.ENOMEM; // no room for the list of parts, or for the head of the request
        if ((2 * length) + Abi.BlockSize + 1 > tfm.Read().Vcrypto.Read().MaxSize) return -Errno.EINVAL;
        await kernel.Point;
        if (kernel.Faults.Fails(AllocationKind.Heap)) return -Errno.ENOMEM; // no copy of the initialization vector
        var head = kernel.Memory.Allocate(Abi.DataSize, "struct virtio_crypto_op_data_req", GuestMemory.Granule);
        var iv = kernel.Memory.Allocate(Abi.BlockSize, "iv of struct virtio_crypto_sym_request", GuestMemory.Granule);
        (req.Write().ReqData, req.Write().Iv) = (head, iv);
        FillHead(req, tfm);
        Scatterlist[] output = [new(head, Abi.DataSize), new(iv, Abi.BlockSize), new(req.Read().Source, length)];
        Scatterlist[] input = [new(req.Read().Target, length), new(req.Read().Status, 1)];
        await dataVq.Read().Lock.LockIrqSave();
        var result = ring.AddSgs(dataVq.Read().Vq, output, input, req.As<HeapObject>());
        ring.Kick(dataVq.Read().Vq);
        await dataVq.Read().Lock.UnlockIrqRestore();
        if (result >= 0) return 0;
        kernel.Memory.Free(iv);
        kernel.Memory.Free(head);
        return result;
    }

    /// <summary>Models virtcrypto_dataq_callback(): called from the interrupt handler, which leaves the rest to a tasklet.</summary>
    internal SimTask DataDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtcrypto_dataq_callback");
        var vcrypto = vq.Read().Vdev.Read().Private.As<VirtioCrypto>();
        vcrypto.Read().DataVq.Read().DoneTask.Schedule();
        return SimTask.Done;
    }

    /// <summary>Models virtcrypto_done_task().</summary>
    internal async SimTask DoneTask(Ptr<DataQueue> dataVq)
    {
        using var frame = kernel.Enter("virtcrypto_done_task");
        var vq = dataVq.Read().Vq;
        await dataVq.Read().Lock.LockIrqSave();
        do
        {
            ring.DisableCb(vq);
            for (var data = ring.GetBuf(vq, out _); !data.IsNull; data = ring.GetBuf(vq, out _))
            {
                var req = data.As<SkcipherRequest>();
                // What came back from a device that is gone has no status.
                if (ring.IsLost(vq)) kernel.Memory.Write8(req.Read().Status, Abi.Error);
                await dataVq.Read().Lock.UnlockIrqRestore();
                await Done(req);
                await dataVq.Read().Lock.LockIrqSave();
            }
        }
        while (!ring.EnableCb(vq));
        await dataVq.Read().Lock.UnlockIrqRestore();
    }

    /// <summary>Models virtcrypto_free_unused_reqs(): frees what belongs to a request, and tells nobody.</summary>
    internal void FreeUnused(Ptr<DataQueue> dataVq)
    {
        using var frame = kernel.Enter("virtcrypto_free_unused_reqs");
        var vq = dataVq.Read().Vq;
        for (var data = ring.DetachUnusedBuf(vq); !data.IsNull; data = ring.DetachUnusedBuf(vq))
            kernel.Memory.Free(data.As<SkcipherRequest>().Read().ReqData);
    }

    /// <summary>Models virtio_crypto_dataq_sym_callback().</summary>
    private SimTask Done(Ptr<SkcipherRequest> req)
    {
        using var frame = kernel.Enter("virtio_crypto_dataq_sym_callback");
        return Finalize(req, kernel.Memory.Read8(req.Read().Status) switch
        {
            Abi.Ok => 0,
            Abi.InvalidSession or Abi.Error => -Errno.EINVAL,
            Abi.BadMessage => -Abi.EBADMSG,
            _ => -Errno.EIO,
        });
    }

    /// <summary>Models virtio_crypto_skcipher_finalize_req().</summary>
    internal async SimTask Finalize(Ptr<SkcipherRequest> req, int error)
    {
        using var frame = kernel.Enter("virtio_crypto_skcipher_finalize_req");
        kernel.Memory.Free(req.Read().Iv);
        kernel.Memory.Free(req.Read().ReqData);
        await kernel.Point;
        await engines.FinalizeRequest(req.Read().Dataq.Read().Engine, req, error);
    }

    private void FillHead(Ptr<SkcipherRequest> req, Ptr<CryptoSkcipher> tfm)
    {
        var head = req.Read().ReqData;
        var encrypt = req.Read().Encrypt;
        var session = encrypt ? tfm.Read().EncryptionSession : tfm.Read().DecryptionSession;
        ByteOrder.Write32(kernel.Memory, head, encrypt ? Abi.CipherEncrypt : Abi.CipherDecrypt, little: true);
        ByteOrder.Write64(kernel.Memory, head + 8, session, little: true);
        ByteOrder.Write32(kernel.Memory, head + 24, Abi.BlockSize, little: true);
        ByteOrder.Write32(kernel.Memory, head + 28, req.Read().Length, little: true);
        ByteOrder.Write32(kernel.Memory, head + 32, req.Read().Length, little: true);
        ByteOrder.Write32(kernel.Memory, head + 64, Abi.SymOpCipher, little: true);
    }
}
