using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Sockets of the family AF_ALG for symmetric ciphers (crypto/af_alg.c, crypto/algif_skcipher.c).</summary>
/// <remarks>
/// A process opens one by bind(), a key and accept(). It asks for the driver's version by its name, because cbc(aes) itself is
/// another driver's. The kernel chooses the device, not the process.
/// </remarks>
/// <param name="kernel">The guest.</param>
/// <param name="api">The crypto API.</param>
internal sealed class AlgSockets(GuestKernel kernel, CryptoApi api)
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 16).Select(i => (byte)(i * 7))];

    /// <summary>Opens a socket for a version of an algorithm; null if that cannot be had, or takes no key.</summary>
    internal async SimTask<OpenFile?> Open(string name)
    {
        var tfm = await Bind(name);
        if (tfm.IsNull) return null;
        var result = await SetKey(tfm);
        var context = result == 0 ? await Accept() : Ptr<AfAlgContext>.Null;
        if (!context.IsNull) return new AlgFile(kernel, api, name, tfm, context);
        await api.FreeSkcipher(tfm);
        return null;
    }

    /// <summary>Models alg_bind() with skcipher_bind().</summary>
    private async SimTask<Ptr<CryptoSkcipher>> Bind(string name)
    {
        using var frame = kernel.Enter("alg_bind");
        return await api.AllocSkcipher(name);
    }

    /// <summary>Models alg_setkey() with skcipher_setkey() and crypto_skcipher_setkey().</summary>
    private async SimTask<int> SetKey(Ptr<CryptoSkcipher> tfm)
    {
        using var frame = kernel.Enter("alg_setkey");
        if (kernel.Faults.Fails(Linux.Kernel.AllocationKind.Heap)) return -Errno.ENOMEM;
        return await tfm.Read().Alg.SetKey(tfm, Key);
    }

    /// <summary>Models af_alg_accept() with skcipher_accept_parent().</summary>
    private async SimTask<Ptr<AfAlgContext>> Accept()
    {
        using var frame = kernel.Enter("af_alg_accept");
        await kernel.Point;
        return kernel.Allocate(new AfAlgContext(kernel.World));
    }
}

/// <summary>What belongs to one socket (struct af_alg_ctx).</summary>
/// <param name="world">Where it lives.</param>
public sealed class AfAlgContext(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct af_alg_ctx";

    /// <summary>Waiting for a request (wait).</summary>
    internal CryptoWait Wait { get; } = new(world);

    /// <summary>One call at a time (lock_sock).</summary>
    internal Mutex Lock { get; } = new(world, "sk_lock-AF_ALG");
}

/// <summary>A socket that a process holds open: what is written is encrypted, and reading decrypts the last of that.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="api">The crypto API.</param>
/// <param name="name">The version of the algorithm.</param>
/// <param name="tfm">The transformation, whose only user it is.</param>
/// <param name="context">What belongs to the socket.</param>
internal sealed class AlgFile(
    GuestKernel kernel, CryptoApi api, string name, Ptr<CryptoSkcipher> tfm, Ptr<AfAlgContext> context) : OpenFile
{
    private byte[] encrypted = [];

    /// <inheritdoc/>
    public override string Name { get; } = "AF_ALG " + name;

    /// <summary>Models skcipher_recvmsg() after the process sent what it last got, to be decrypted.</summary>
    public override async SimTask<int> Read(ulong sector, byte[] buffer, int length)
    {
        using var frame = kernel.Enter("skcipher_recvmsg");
        if (encrypted.Length < length) Array.Resize(ref encrypted, length);
        return await Crypt(encrypted.AsMemory(0, length), buffer, encrypt: false);
    }

    /// <summary>Models skcipher_recvmsg() after the process sent something to be encrypted.</summary>
    public override async SimTask<int> Write(ulong sector, byte[] data, int length)
    {
        using var frame = kernel.Enter("skcipher_recvmsg");
        var result = new byte[length];
        var done = await Crypt(data.AsMemory(0, length), result, encrypt: true);
        if (done == length) encrypted = result;
        return done;
    }

    /// <summary>Models af_alg_release() with skcipher_sock_destruct() and skcipher_release().</summary>
    public override async SimTask Close()
    {
        using var frame = kernel.Enter("af_alg_release");
        kernel.Heap.Free(context);
        await kernel.Point;
        await api.FreeSkcipher(tfm);
    }

    /// <summary>Models _skcipher_recvmsg() within its caller; in this kernel it always waits.</summary>
    /// <returns>Bytes, or a negative errno.</returns>
    private async SimTask<int> Crypt(ReadOnlyMemory<byte> from, byte[] into, bool encrypt)
    {
        await context.Read().Lock.Lock();
        var req = api.AllocRequest(tfm, from.Span, context.Read().Wait);
        var result = req.IsNull ? -Errno.ENOMEM : await api.Crypt(req, encrypt);
        if (!req.IsNull)
        {
            if (result == 0) kernel.Memory.Guest(req.Read().Target, (uint)from.Length).CopyTo(into);
            api.FreeRequest(req);
        }
        context.Read().Lock.Unlock();
        await kernel.Point;
        return result == 0 ? from.Length : result;
    }
}
