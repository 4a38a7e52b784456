using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>A virtio device on a ccw device (struct virtio_ccw_device, virtio_ccw.c).</summary>
public sealed class VirtioCcwDevice : VirtioDevice
{
    /// <summary>Size of the cached config space (VIRTIO_CCW_CONFIG_SIZE).</summary>
    public const int ConfigSize = 0x100;

    private readonly VirtioCcwTransport transport;

    internal VirtioCcwDevice(VirtioCcwTransport transport) : base(transport.Kernel.World)
    {
        this.transport = transport;
        var world = transport.Kernel.World;
        WaitQueue = new WaitQueue(world, "for the interrupt of its channel program (vcdev->wait_q)");
        VcdevLock = new SpinLock(world, "vcdev->lock");
        IrqLock = new RwLock(world, "vcdev->irq_lock");
        IoLock = new Mutex(world, "vcdev->io_lock");
    }

    /// <inheritdoc/>
    public override string TypeName => "struct virtio_ccw_device";

    /// <summary>The ccw device, without a reference.</summary>
    public Ptr<CcwDevice> Cdev { get; set; }

    /// <summary>Operations whose interrupt is awaited (curr_io).</summary>
    public uint CurrIo { get; set; }

    /// <summary>Error of the last operation (err), 0 or a negative errno.</summary>
    public int Err { get; set; }

    /// <summary>Transport revision negotiated.</summary>
    public ushort Revision { get; set; }

    /// <summary>Waits for interrupts.</summary>
    public WaitQueue WaitQueue { get; }

    /// <summary>Protects the list of queues and the cached config space.</summary>
    public SpinLock VcdevLock { get; }

    /// <summary>Keeps callbacks of classic interrupts apart from synchronize_cbs.</summary>
    public RwLock IrqLock { get; }

    /// <summary>Serializes channel programs.</summary>
    public Mutex IoLock { get; }

    /// <summary>Whether adapter interrupts are used (is_thinint).</summary>
    public bool IsThinint { get; set; }

    /// <summary>How often its I/O was killed; for observers.</summary>
    internal int Kills { get; set; }

    /// <summary>Removal began (going_away).</summary>
    public bool GoingAway { get; set; }

    /// <summary>The channel subsystem says the device is gone (device_lost).</summary>
    public bool DeviceLost { get; set; }

    /// <summary>Bytes of the config space read so far (config_ready).</summary>
    public uint ConfigReady { get; set; }

    /// <summary>Guest address of indicators, config block and status (dma_area).</summary>
    public uint DmaArea { get; set; }

    /// <summary>Guest address of the classic indicators.</summary>
    public uint Indicators => DmaArea;

    /// <summary>Guest address of the config indicator.</summary>
    public uint Indicators2 => DmaArea + 8;

    /// <summary>Guest address of the block for READ_VQ_CONF.</summary>
    public uint ConfigBlock => DmaArea + 16;

    /// <summary>Guest address of the status byte.</summary>
    public uint StatusByte => DmaArea + 20;

    /// <summary>The adapter interrupt area its queues have bits in, or null.</summary>
    internal AirqInfo? AirqInfo { get; set; }

    /// <summary>The queues, newest first.</summary>
    internal List<Ptr<VirtioCcwVqInfo>> Virtqueues { get; } = [];

    internal byte[] ConfigSpace { get; } = new byte[ConfigSize];

    /// <inheritdoc/>
    public override SimTask Release() => transport.Driver.ReleaseDev(this);
}

/// <summary>The transport's part of a queue (struct virtio_ccw_vq_info).</summary>
public sealed class VirtioCcwVqInfo : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtio_ccw_vq_info";

    /// <summary>The queue.</summary>
    public Ptr<Virtqueue> Vq { get; set; }

    /// <summary>Number of descriptors.</summary>
    public int Num { get; set; }

    /// <summary>Guest address of the block for SET_VQ.</summary>
    public uint InfoBlock { get; set; }

    /// <summary>What the host returned for the last notification.</summary>
    public long Cookie { get; set; }
}

/// <summary>Command codes and what the driver calls them while it waits (virtio_ccw.c).</summary>
internal static class VirtioCcwCommand
{
    public const byte SetVq = 0x13;
    public const byte VdevReset = 0x33;
    public const byte SetInd = 0x43;
    public const byte SetConfInd = 0x53;
    public const byte ReadFeat = 0x12;
    public const byte WriteFeat = 0x11;
    public const byte ReadConf = 0x22;
    public const byte WriteConf = 0x21;
    public const byte WriteStatus = 0x31;
    public const byte ReadVqConf = 0x32;
    public const byte ReadStatus = 0x72;
    public const byte SetIndAdapter = 0x73;
    public const byte SetVirtioRev = 0x83;

    public const uint DoingSetVq = 0x0001_0000;
    public const uint DoingReset = 0x0004_0000;
    public const uint DoingReadFeat = 0x0008_0000;
    public const uint DoingWriteFeat = 0x0010_0000;
    public const uint DoingReadConfig = 0x0020_0000;
    public const uint DoingWriteConfig = 0x0040_0000;
    public const uint DoingWriteStatus = 0x0080_0000;
    public const uint DoingSetInd = 0x0100_0000;
    public const uint DoingReadVqConf = 0x0200_0000;
    public const uint DoingSetConfInd = 0x0400_0000;
    public const uint DoingSetIndAdapter = 0x0800_0000;
    public const uint DoingSetVirtioRev = 0x1000_0000;
    public const uint DoingReadStatus = 0x2000_0000;
    public const uint IntparmMask = 0xffff_0000;

    public const uint CcwSize = 8;
    public const byte FlagSli = 0x20;

    /// <summary>Whether these bits name exactly one operation.</summary>
    public static bool IsOneOperation(uint activity) => activity != 0 && (activity & (activity - 1)) == 0 && (activity & 0x3ffd_0000) != 0;
}
