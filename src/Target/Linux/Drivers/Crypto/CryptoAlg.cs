using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>A symmetric cipher that a driver offers (struct skcipher_alg with its struct crypto_alg).</summary>
/// <remarks>It is static in the driver's module, and so is its counter: registering it anew sets the counter to one.</remarks>
/// <param name="name">Name of the driver's version of it, e.g. "virtio_crypto_aes_cbc" (cra_driver_name).</param>
internal sealed class CryptoAlg(string name)
{
    /// <summary>Name by which it is asked for.</summary>
    public string Name => name;

    /// <summary>References: one while it is registered, and one for each transformation (cra_refcnt).</summary>
    public int RefCount { get; set; }

    /// <summary>It was unregistered (CRYPTO_ALG_DEAD).</summary>
    public bool IsDead { get; set; }

    /// <summary>It passed its self-test (CRYPTO_ALG_TESTED).</summary>
    public bool IsTested { get; set; }

    /// <summary>Its self-test, while that runs (struct crypto_larval).</summary>
    public Ptr<CryptoLarval> Larval { get; set; }

    /// <summary>Sets a key (setkey).</summary>
    public required Func<Ptr<CryptoSkcipher>, byte[], SimTask<int>> SetKey { get; init; }

    /// <summary>Begins to encrypt or decrypt (encrypt, decrypt).</summary>
    public required Func<Ptr<SkcipherRequest>, bool, SimTask<int>> Crypt { get; init; }

    /// <summary>Hands a request to the hardware (do_one_request).</summary>
    public required Func<Ptr<SkcipherRequest>, SimTask<int>> DoOneRequest { get; init; }

    /// <summary>A transformation goes (exit).</summary>
    public required Func<Ptr<CryptoSkcipher>, SimTask> Exit { get; init; }
}

/// <summary>Stands for an algorithm that is being tested (struct crypto_larval).</summary>
/// <param name="world">Where it lives.</param>
public sealed class CryptoLarval(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct crypto_larval";

    /// <summary>References (cra_refcnt).</summary>
    internal int RefCount { get; set; } = 1;

    /// <summary>The test has ended (completion).</summary>
    internal Completion Completion { get; } = new(world, "for a self-test to end (larval->completion)");
}

/// <summary>A transformation: an algorithm with a key (struct crypto_skcipher with struct virtio_crypto_skcipher_ctx).</summary>
public sealed class CryptoSkcipher : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct crypto_skcipher";

    /// <summary>Its algorithm, referenced (__crt_alg).</summary>
    internal CryptoAlg Alg { get; init; } = null!;

    /// <summary>The device that has its sessions (ctx->vcrypto); counted there, but not kept.</summary>
    internal Ptr<VirtioCrypto> Vcrypto { get; set; }

    /// <summary>The session that encrypts (enc_sess_info).</summary>
    internal ulong EncryptionSession { get; set; }

    /// <summary>The session that decrypts (dec_sess_info).</summary>
    internal ulong DecryptionSession { get; set; }

    /// <summary>Hands a request to the hardware (enginectx.op.do_one_request).</summary>
    internal SimTask<int> DoOneRequest(Ptr<SkcipherRequest> req) => Alg.DoOneRequest(req);
}

/// <summary>A request: one piece in, one piece of the same length out.</summary>
/// <remarks>It is struct skcipher_request with struct virtio_crypto_sym_request.</remarks>
public sealed class SkcipherRequest : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct skcipher_request";

    /// <summary>The transformation.</summary>
    internal Ptr<CryptoSkcipher> Tfm { get; init; }

    /// <summary>Guest address of what goes in (src).</summary>
    internal uint Source { get; init; }

    /// <summary>Guest address of what comes out (dst).</summary>
    internal uint Target { get; init; }

    /// <summary>Bytes of both (cryptlen).</summary>
    internal uint Length { get; init; }

    /// <summary>Who waits for it (base.data).</summary>
    internal CryptoWait Wait { get; init; } = null!;

    /// <summary>It encrypts (encrypt).</summary>
    internal bool Encrypt { get; set; }

    /// <summary>The queue that it goes through (dataq).</summary>
    internal Ptr<DataQueue> Dataq { get; set; }

    /// <summary>Guest address of the head of the request (req_data).</summary>
    internal uint ReqData { get; set; }

    /// <summary>Guest address of the copy of the initialization vector (iv).</summary>
    internal uint Iv { get; set; }

    /// <summary>Guest address of the status byte, inside the structure (status).</summary>
    internal uint Status { get; init; }

    /// <summary>Models crypto_request_complete() within its caller, with crypto_req_done().</summary>
    internal void Complete(int error)
    {
        Wait.Error = error;
        Wait.Completion.Complete();
    }
}

/// <summary>Somebody who waits for a request (struct crypto_wait).</summary>
/// <param name="world">Where it lives.</param>
internal sealed class CryptoWait(World world)
{
    /// <summary>What came of it (err).</summary>
    public int Error { get; set; }

    /// <summary>It has ended (completion).</summary>
    public Completion Completion { get; } = new(world, "for a request to be encrypted or decrypted (crypto_wait_req)");
}
