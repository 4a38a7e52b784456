using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>A crypto device as its driver has it (struct virtio_crypto, virtio_crypto_common.h).</summary>
/// <param name="world">Where it lives.</param>
public sealed class VirtioCrypto(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtio_crypto";

    /// <summary>The device (vdev).</summary>
    internal Ptr<VirtioDevice> Vdev { get; set; }

    /// <summary>Sessions are made and closed here (ctrl_vq).</summary>
    internal Ptr<Virtqueue> CtrlVq { get; set; }

    /// <summary>Protects the control queue (ctrl_lock).</summary>
    internal SpinLock CtrlLock { get; } = new(world, "vcrypto->ctrl_lock");

    /// <summary>The data queues; the host has one (data_vq).</summary>
    internal Ptr<DataQueue> DataVq { get; set; }

    /// <summary>The configuration changed (config_work); made when the device is set up.</summary>
    internal SystemWork? ConfigWork { get; set; }

    /// <summary>What the host can do (crypto_services).</summary>
    internal uint Services { get; set; }

    /// <summary>The ciphers among it (cipher_algo_l).</summary>
    internal uint CipherAlgorithms { get; set; }

    /// <summary>Bytes that a key may have (max_cipher_key_len).</summary>
    internal uint MaxCipherKey { get; set; }

    /// <summary>Bytes that a request may have (max_size).</summary>
    internal ulong MaxSize { get; set; }

    /// <summary>What the host last said of itself (status).</summary>
    internal uint Status { get; set; }

    /// <summary>Keys that were set here; nobody asks for it when the structure is freed (ref_count).</summary>
    internal int RefCount { get; set; }

    /// <summary>The driver was unbound (remedy CryptoUsers).</summary>
    internal bool IsRetired { get; set; }

    /// <summary>Calls from the crypto API that use queues and engine now (remedy CryptoUsers).</summary>
    internal Pending Users { get; } = new(world, "for nobody to use the crypto device");

    /// <summary>The node behind which it may be.</summary>
    internal DeviceNodes.Node? Node { get; set; }
}

/// <summary>A data queue (struct data_queue).</summary>
/// <param name="world">Where it lives.</param>
public sealed class DataQueue(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct data_queue";

    /// <summary>The virtqueue (vq).</summary>
    internal Ptr<Virtqueue> Vq { get; set; }

    /// <summary>Protects it (lock).</summary>
    internal SpinLock Lock { get; } = new(world, "data_vq->lock");

    /// <summary>Hands requests on to the queue (engine).</summary>
    internal Ptr<CryptoEngine> Engine { get; set; }

    /// <summary>Takes what the host has done (done_task).</summary>
    internal Tasklet DoneTask { get; set; } = null!;
}

/// <summary>A control request (struct virtio_crypto_ctrl_request): what is sent, what comes back, and who waits for it.</summary>
/// <param name="world">Where it lives.</param>
public sealed class VirtioCryptoCtrlRequest(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtio_crypto_ctrl_request";

    /// <summary>Guest address of the part that the host reads and writes: ctrl, input, ctrl_status.</summary>
    internal uint Ctrl { get; set; }

    /// <summary>Guest address of what comes back of a session that is made (input).</summary>
    internal uint Input => Ctrl + VirtioCryptoAbi.ControlSize;

    /// <summary>Guest address of what comes back of a session that is closed (ctrl_status).</summary>
    internal uint CtrlStatus => Input + VirtioCryptoAbi.InputSize;

    /// <summary>The host has answered (compl).</summary>
    internal Completion Compl { get; } = new(world, "for the host to answer a control request (vc_ctrl_req->compl)");
}
