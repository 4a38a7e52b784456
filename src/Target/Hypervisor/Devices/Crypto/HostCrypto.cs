using System.Buffers.Binary;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Crypto;

/// <summary>The crypto device (hw/virtio/virtio-crypto.c of QEMU 7.2.12 and later) with QEMU's own back end behind it.</summary>
/// <remarks>
/// Control requests are answered at once, data requests by a bottom half. The back end says once, when it is made, that it is ready:
/// the configuration never changes. A device does not close the sessions of its driver, neither when it is reset nor when it is
/// unplugged: they go with the back end. Of what the back end offers, this one has ciphers; it refuses sessions for RSA, as a QEMU
/// does whose crypto library has none. Chained algorithms are refused without a look at their parameters.
/// </remarks>
public sealed partial class HostCrypto : VirtioHostDevice
{
    private const int QueueSize = 1024;
    private const int ConfigSize = 56;
    private const int DataQueue = 0;
    private const uint HardwareReady = 1;
    private readonly CryptoBackend backend = new();
    private readonly Func<SimTask> bottomHalf;
    private bool bottomHalfScheduled;

    internal HostCrypto(World world, GuestMemory memory) : base(world, memory) => bottomHalf = RunBottomHalf;

    /// <inheritdoc/>
    public override byte DeviceId => 20;

    /// <inheritdoc/>
    public override string ContextName => "host/crypto";

    /// <summary>Sessions that the driver has, or that an earlier one left.</summary>
    public int SessionCount => backend.Count;

    /// <inheritdoc/>
    internal override bool ForcesRevision1 => true;

    /// <summary>A stall keeps requests on the data queue; sessions come and go all the same.</summary>
    protected override bool TakesBuffersWhenStalled => true;

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        AddQueue(QueueSize);
        AddQueue(QueueSize);
        SetConfigLength(ConfigSize);
        backend.Clear();
        bottomHalfScheduled = false;
    }

    /// <inheritdoc/>
    protected override void OnUnrealize() => backend.Clear();

    /// <inheritdoc/>
    /// <remarks>Models virtio_crypto_reset().</remarks>
    protected override void OnReset()
    {
        using var _ = World.Enter("virtio_crypto_reset");
    }

    /// <inheritdoc/>
    /// <remarks>Models virtio_crypto_set_status().</remarks>
    protected override void OnStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_crypto_set_status");
    }

    /// <inheritdoc/>
    /// <remarks>Models virtio_crypto_get_config().</remarks>
    protected override void GetConfig(Span<byte> into)
    {
        using var _ = World.Enter("virtio_crypto_get_config");
        into.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(into, HardwareReady);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], 1); // data queues
        BinaryPrimitives.WriteUInt32LittleEndian(into[8..], CryptoNumbers.Services);
        BinaryPrimitives.WriteUInt32LittleEndian(into[12..], CryptoNumbers.CipherAlgorithms);
        BinaryPrimitives.WriteUInt32LittleEndian(into[20..], CryptoNumbers.HashAlgorithms);
        BinaryPrimitives.WriteUInt32LittleEndian(into[36..], CryptoNumbers.MaxCipherKey);
        BinaryPrimitives.WriteUInt32LittleEndian(into[40..], CryptoNumbers.MaxAuthKey);
        BinaryPrimitives.WriteUInt32LittleEndian(into[44..], CryptoNumbers.AkcipherAlgorithms);
        BinaryPrimitives.WriteUInt64LittleEndian(into[48..], CryptoNumbers.MaxSize);
    }

    /// <inheritdoc/>
    protected override void OnOutput(HostVirtqueue queue)
    {
        if (queue.Index == DataQueue) HandleDataKick(queue);
        else HandleControl(queue);
    }
}
