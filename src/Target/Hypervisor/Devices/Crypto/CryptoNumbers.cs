namespace CcwFuzz.Target.Hypervisor.Devices.Crypto;

/// <summary>Numbers of the crypto device (standard-headers/linux/virtio_crypto.h).</summary>
internal static class CryptoNumbers
{
    internal const uint CipherCreateSession = 0x002;
    internal const uint CipherDestroySession = 0x003;
    internal const uint HashDestroySession = 0x103;
    internal const uint MacDestroySession = 0x203;
    internal const uint AeadDestroySession = 0x303;
    internal const uint AkcipherCreateSession = 0x404;
    internal const uint AkcipherDestroySession = 0x405;
    internal const uint CipherEncrypt = 0x000;
    internal const uint CipherDecrypt = 0x001;

    internal const uint SymOpCipher = 1;
    internal const uint OpEncrypt = 1;
    internal const uint CipherAesCbc = 3;

    /// <summary>Ciphers, hashes, MACs and RSA.</summary>
    internal const uint Services = 0b1_0111;
    internal const uint CipherAlgorithms = 1 << 3;
    internal const uint HashAlgorithms = 1 << 2;
    internal const uint AkcipherAlgorithms = 1 << 1;
    internal const uint MaxCipherKey = 64;
    internal const uint MaxAuthKey = 512;

    /// <summary>LONG_MAX less the size of CryptoDevBackendOpInfo.</summary>
    internal const ulong MaxSize = long.MaxValue - 32;

    internal const byte Ok = 0;
    internal const byte Error = 1;
    internal const byte NotSupported = 3;
    internal const byte InvalidSession = 4;

    internal const int ControlSize = 72;
    internal const int InputSize = 16;
    internal const int DataSize = 72;
}
