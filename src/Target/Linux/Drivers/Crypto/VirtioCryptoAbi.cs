namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>Numbers of the crypto device (include/uapi/linux/virtio_crypto.h), and errno values that no other driver needs.</summary>
internal static class VirtioCryptoAbi
{
    internal const uint DeviceId = 20;

    internal const uint StatusOffset = 0;
    internal const uint MaxDataQueuesOffset = 4;
    internal const uint ServicesOffset = 8;
    internal const uint CipherLowOffset = 12;
    internal const uint CipherHighOffset = 16;
    internal const uint HashOffset = 20;
    internal const uint MacLowOffset = 24;
    internal const uint MacHighOffset = 28;
    internal const uint AeadOffset = 32;
    internal const uint MaxCipherKeyOffset = 36;
    internal const uint MaxAuthKeyOffset = 40;
    internal const uint AkcipherOffset = 44;
    internal const uint MaxSizeOffset = 48;

    internal const uint HardwareReady = 1;
    internal const int ServiceCipher = 0;
    internal const int ServiceAkcipher = 4;
    internal const int CipherAesCbc = 3;

    internal const uint CipherCreateSession = 2;
    internal const uint CipherDestroySession = 3;
    internal const uint CipherEncrypt = 0;
    internal const uint CipherDecrypt = 1;
    internal const uint SymOpCipher = 1;
    internal const uint OpEncrypt = 1;
    internal const uint OpDecrypt = 2;

    internal const byte Ok = 0;
    internal const byte Error = 1;
    internal const byte BadMessage = 2;
    internal const byte InvalidSession = 4;

    /// <summary>Bytes of struct virtio_crypto_op_ctrl_req, which the input and the status of a control request follow.</summary>
    internal const uint ControlSize = 72;
    internal const uint InputSize = 16;
    internal const uint DataSize = 72;
    internal const uint BlockSize = 16;

    internal const int EPERM = 1;
    internal const int EBADMSG = 74;
    internal const int ELIBBAD = 80;
    internal const int ESHUTDOWN = 108;
}
