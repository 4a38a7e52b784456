using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Crypto.VirtioCryptoAbi;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Sessions, and the control queue by which they are made and closed.</summary>
/// <remarks>They are in virtio_crypto_skcipher_algs.c, the queue is in virtio_crypto_core.c.</remarks>
/// <param name="kernel">The guest.</param>
/// <param name="ring">The virtqueues.</param>
internal sealed class VirtioCryptoSessions(GuestKernel kernel, VirtioRing ring)
{
    /// <summary>Models virtcrypto_ctrlq_callback(): called from the interrupt handler.</summary>
    internal async SimTask ControlDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtcrypto_ctrlq_callback");
        var vcrypto = vq.Read().Vdev.Read().Private.As<VirtioCrypto>();
        await vcrypto.Read().CtrlLock.LockIrqSave();
        do
        {
            ring.DisableCb(vq);
            for (var request = ring.GetBuf(vq, out _); !request.IsNull; request = ring.GetBuf(vq, out _))
            {
                await vcrypto.Read().CtrlLock.UnlockIrqRestore();
                request.As<VirtioCryptoCtrlRequest>().Read().Compl.Complete();
                await vcrypto.Read().CtrlLock.LockIrqSave();
            }
            if (ring.IsBroken(vq)) break;
        }
        while (!ring.EnableCb(vq));
        await vcrypto.Read().CtrlLock.UnlockIrqRestore();
    }

    /// <summary>Models virtio_crypto_alg_skcipher_init_sessions(): the host has one session to encrypt and one to decrypt.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> InitBoth(Ptr<CryptoSkcipher> tfm, byte[] key)
    {
        using var frame = kernel.Enter("virtio_crypto_alg_skcipher_init_sessions");
        if (key.Length > tfm.Read().Vcrypto.Read().MaxCipherKey) return -Errno.EINVAL;
        var result = await Init(tfm, key, encrypt: true);
        if (result != 0) return result;
        result = await Init(tfm, key, encrypt: false);
        if (result != 0) await Close(tfm, encrypt: true);
        return result;
    }

    /// <summary>Models virtio_crypto_alg_skcipher_close_session().</summary>
    internal async SimTask<int> Close(Ptr<CryptoSkcipher> tfm, bool encrypt)
    {
        using var frame = kernel.Enter("virtio_crypto_alg_skcipher_close_session");
        var vcrypto = tfm.Read().Vcrypto;
        var request = AllocateRequest();
        if (request.IsNull) return -Errno.ENOMEM;
        var ctrl = request.Read().Ctrl;
        kernel.Memory.Write8(request.Read().CtrlStatus, Abi.Error);
        ByteOrder.Write32(kernel.Memory, ctrl, Abi.CipherDestroySession, little: true);
        ByteOrder.Write64(kernel.Memory, ctrl + 16, encrypt ? tfm.Read().EncryptionSession : tfm.Read().DecryptionSession, little: true);
        var result = await Send(
            vcrypto, request, [new Scatterlist(ctrl, Abi.ControlSize)], new Scatterlist(request.Read().CtrlStatus, 1));
        if (result == 0 && kernel.Memory.Read8(request.Read().CtrlStatus) != Abi.Ok)
        {
            kernel.Log("virtio_crypto: Close session failed");
            result = -Errno.EINVAL;
        }
        Free(request);
        return result;
    }

    /// <summary>Models virtio_crypto_alg_skcipher_init_session().</summary>
    private async SimTask<int> Init(Ptr<CryptoSkcipher> tfm, byte[] key, bool encrypt)
    {
        using var frame = kernel.Enter("virtio_crypto_alg_skcipher_init_session");
        var vcrypto = tfm.Read().Vcrypto;
        if (kernel.Faults.Fails(AllocationKind.Heap)) return -Errno.ENOMEM;
        var length = (uint)key.Length;
        var cipherKey = kernel.Memory.Allocate(length, "key of a session", GuestMemory.Granule);
        key.CopyTo(kernel.Memory.Guest(cipherKey, length));
        var request = AllocateRequest();
        if (request.IsNull)
        {
            kernel.Memory.Free(cipherKey);
            return -Errno.ENOMEM;
        }
        FillCreation(request, length, encrypt);
        var input = request.Read().Input;
        var result = await Send(
            vcrypto, request, [new Scatterlist(request.Read().Ctrl, Abi.ControlSize), new Scatterlist(cipherKey, length)],
            new Scatterlist(input, Abi.InputSize));
        if (result == 0) result = TakeSession(tfm, input, encrypt);
        Free(request);
        kernel.Memory.Free(cipherKey);
        return result;
    }

    private void FillCreation(Ptr<VirtioCryptoCtrlRequest> request, uint keyLength, bool encrypt)
    {
        var ctrl = request.Read().Ctrl;
        ByteOrder.Write32(kernel.Memory, ctrl, Abi.CipherCreateSession, little: true);
        ByteOrder.Write32(kernel.Memory, ctrl + 4, Abi.CipherAesCbc, little: true);
        ByteOrder.Write32(kernel.Memory, ctrl + 16, Abi.CipherAesCbc, little: true);
        ByteOrder.Write32(kernel.Memory, ctrl + 20, keyLength, little: true);
        ByteOrder.Write32(kernel.Memory, ctrl + 24, encrypt ? Abi.OpEncrypt : Abi.OpDecrypt, little: true);
        ByteOrder.Write32(kernel.Memory, ctrl + 64, Abi.SymOpCipher, little: true);
        ByteOrder.Write32(kernel.Memory, request.Read().Input + 8, Abi.Error, little: true);
    }

    private int TakeSession(Ptr<CryptoSkcipher> tfm, uint input, bool encrypt)
    {
        if (ByteOrder.Read32(kernel.Memory, input + 8, little: true) != Abi.Ok)
        {
            kernel.Log("virtio_crypto: Create session failed");
            return -Errno.EINVAL;
        }
        var session = ByteOrder.Read32(kernel.Memory, input, little: true); // the host's numbers are small
        if (encrypt) tfm.Write().EncryptionSession = session;
        else tfm.Write().DecryptionSession = session;
        return 0;
    }

    private SimTask<int> Send(
        Ptr<VirtioCrypto> vcrypto, Ptr<VirtioCryptoCtrlRequest> request, Scatterlist[] output, Scatterlist input) =>
        CryptoUsers.WhileBound(kernel, vcrypto, () => CtrlVqRequest(vcrypto, request, output, input));

    /// <summary>Models virtio_crypto_ctrl_vq_request(): waits for the host, whether it could be told or not.</summary>
    private async SimTask<int> CtrlVqRequest(
        Ptr<VirtioCrypto> vcrypto, Ptr<VirtioCryptoCtrlRequest> request, Scatterlist[] output, Scatterlist input)
    {
        using var frame = kernel.Enter("virtio_crypto_ctrl_vq_request");
        await vcrypto.Read().CtrlLock.LockIrqSave();
        var result = ring.AddSgs(vcrypto.Read().CtrlVq, output, [input], request.As<HeapObject>());
        if (result >= 0) ring.Kick(vcrypto.Read().CtrlVq);
        await vcrypto.Read().CtrlLock.UnlockIrqRestore();
        if (result < 0) return result;
        await request.Read().Compl.Wait();
        return 0;
    }

    private Ptr<VirtioCryptoCtrlRequest> AllocateRequest()
    {
        var request = kernel.Allocate(new VirtioCryptoCtrlRequest(kernel.World));
        if (request.IsNull) return request;
        const uint Size = Abi.ControlSize + Abi.InputSize + 1;
        request.Write().Ctrl = kernel.Memory.Allocate(Size, "struct virtio_crypto_ctrl_request", GuestMemory.Granule);
        return request;
    }

    private void Free(Ptr<VirtioCryptoCtrlRequest> request)
    {
        kernel.Memory.Free(request.Read().Ctrl);
        kernel.Heap.Free(request);
    }
}
