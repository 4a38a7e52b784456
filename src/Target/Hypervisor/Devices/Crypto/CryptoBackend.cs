namespace CcwFuzz.Target.Hypervisor.Devices.Crypto;

/// <summary>QEMU's own crypto back end (backends/cryptodev-builtin.c): sessions, and a cipher.</summary>
/// <remarks>
/// The cipher is none: a byte is changed by the bytes of key and initialization vector at its place. That can be undone with the
/// same key only, which is all that matters here. Sessions belong to the back end: a reset of the device leaves them.
/// </remarks>
internal sealed class CryptoBackend
{
    private const int MaxSessions = 256;
    private readonly Session?[] sessions = new Session?[MaxSessions];
    private int used;

    private sealed record Session(bool Encrypts, byte[] Key);

    /// <summary>Sessions that exist.</summary>
    public int Count { get; private set; }

    /// <summary>Models cryptodev_builtin_create_cipher_session(): the first id that is free.</summary>
    /// <returns>The id, or -1 if the algorithm or the key's length is not known, or if there are too many sessions.</returns>
    public int Create(uint algorithm, uint direction, byte[] key)
    {
        if (algorithm != CryptoNumbers.CipherAesCbc || key.Length is not (16 or 24 or 32)) return -1;
        var id = Array.IndexOf(sessions, null);
        if (id < 0) return -1;
        sessions[id] = new Session(direction == CryptoNumbers.OpEncrypt, key);
        used = Math.Max(used, id + 1);
        Count++;
        return id;
    }

    /// <summary>Models cryptodev_builtin_close_session().</summary>
    /// <returns>False if there is no such session.</returns>
    public bool Close(ulong id)
    {
        if (id >= MaxSessions || sessions[id] is null) return false;
        sessions[id] = null;
        Count--;
        return true;
    }

    /// <summary>Models cryptodev_builtin_operation() of a cipher: the session says whether it encrypts or decrypts.</summary>
    /// <returns>False if there is no such session.</returns>
    public bool TryCrypt(ulong id, ReadOnlySpan<byte> iv, Span<byte> data)
    {
        if (id >= MaxSessions || sessions[id] is not { } session) return false;
        for (var i = 0; i < data.Length; i++)
        {
            var mask = (byte)(session.Key[i % session.Key.Length] ^ (iv.IsEmpty ? 0 : iv[i % iv.Length]) ^ i);
            data[i] = session.Encrypts ? (byte)((data[i] ^ mask) + 1) : (byte)((data[i] - 1) ^ mask);
        }
        return true;
    }

    /// <summary>Models cryptodev_builtin_cleanup().</summary>
    public void Clear()
    {
        Array.Clear(sessions, 0, used);
        used = Count = 0;
    }
}
