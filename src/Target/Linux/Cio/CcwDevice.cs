using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Delivers an interrupt to a ccw driver: device, interruption parameter, status.</summary>
public delegate SimTask CcwHandler(Ptr<CcwDevice> cdev, uint intparm, InterruptStatus status);

/// <summary>A device on a subchannel (struct ccw_device, asm/ccwdev.h).</summary>
public sealed class CcwDevice : Device
{
    private readonly CioSubsystem cio;

    internal CcwDevice(CioSubsystem cio) : base(cio.Kernel.World) => this.cio = cio;

    /// <inheritdoc/>
    public override string TypeName => "struct ccw_device";

    /// <inheritdoc/>
    public override string StateName => Private.Target?.State.KernelName() ?? "";

    /// <summary>The lock of its subchannel.</summary>
    public Ptr<LockObject> CcwLock { get; set; }

    /// <summary>The part that only the common I/O layer uses.</summary>
    public Ptr<CcwDevicePrivate> Private { get; set; }

    /// <summary>Control unit type, from SENSE ID.</summary>
    public ushort CuType { get; set; }

    /// <summary>Control unit model, from SENSE ID: the virtio device id.</summary>
    public byte CuModel { get; set; }

    /// <summary>The ccw driver (cdev->drv), set and cleared on its own.</summary>
    public CcwDriver? Drv { get; set; }

    /// <summary>Whether it is online.</summary>
    public bool Online { get; set; }

    /// <summary>The driver's interrupt handler, or null.</summary>
    public CcwHandler? Handler { get; set; }

    /// <summary>The parent as a subchannel (to_subchannel(cdev->dev.parent)).</summary>
    public Ptr<Subchannel> Sch => Parent.As<Subchannel>();

    /// <inheritdoc/>
    public override SimTask Release() => cio.Devices.Release(this);
}

/// <summary>What a ccw driver asks the common I/O layer for (CCWDEV_..., asm/ccwdev.h).</summary>
[Flags]
public enum CcwDeviceOptions
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Group the paths (CCWDEV_DO_PATHGROUP).</summary>
    DoPathGroup = 1,
    /// <summary>Use all paths at once (CCWDEV_DO_MULTIPATH).</summary>
    DoMultipath = 2,
    /// <summary>A reservation may be broken (CCWDEV_ALLOW_FORCE).</summary>
    AllowForce = 4,
}

/// <summary>What a ccw device's work item shall do, in rising priority (enum cdev_todo, io_sch.h).</summary>
public enum CdevTodo
{
    /// <summary>Nothing.</summary>
    Nothing,
    /// <summary>Enable measurements again: nothing to do in the model.</summary>
    EnableCmf,
    /// <summary>Unbind and bind its driver.</summary>
    Rebind,
    /// <summary>Register it.</summary>
    Register,
    /// <summary>Unregister it.</summary>
    Unreg,
    /// <summary>Unregister it and evaluate the subchannel.</summary>
    UnregEval,
}

/// <summary>The common I/O layer's part of a ccw device (struct ccw_device_private, io_sch.h).</summary>
public sealed class CcwDevicePrivate : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct ccw_device_private";

    /// <summary>The device.</summary>
    public Ptr<CcwDevice> Cdev { get; set; }

    /// <summary>State of the FSM.</summary>
    public DevState State { get; set; }

    /// <summary>Subchannel set of the device number.</summary>
    public byte Ssid { get; set; }

    /// <summary>Device number.</summary>
    public ushort Devno { get; set; }

    /// <summary>Whether an on- or offline request of sysfs is being served (onoff).</summary>
    public bool OnOff { get; set; }

    /// <summary>The internal I/O request.</summary>
    public CcwRequest Request { get; } = new();

    /// <summary>What the driver wants (options).</summary>
    public CcwDeviceOptions Options { get; set; }

    /// <summary>Paths are being grouped (flags.pgroup); a request that failed takes it back.</summary>
    public bool PathGroup { get; set; }

    /// <summary>Multipath mode (flags.mpath).</summary>
    public bool Multipath { get; set; }

    /// <summary>Retries left for stopping I/O.</summary>
    public int Iretry { get; set; }

    /// <summary>Reference of device_initialize still held (flags.initialized).</summary>
    public bool Initialized { get; set; }

    /// <summary>Delay verification until the current I/O finished (flags.doverify).</summary>
    public bool DoVerify { get; set; }

    /// <summary>Call the driver's notify when verified (flags.donotify).</summary>
    public bool DoNotify { get; set; }

    /// <summary>Recognition finished (flags.recog_done).</summary>
    public bool RecogDone { get; set; }

    /// <summary>It counts in ccw_device_init_count; the kernel does not keep that.</summary>
    internal bool IsCounted { get; set; }

    /// <summary>The timer was started and not stopped since; the kernel does not keep that.</summary>
    internal bool IsTimed { get; set; }

    /// <summary>A start was accepted and will be answered with a made-up status (flags.fake_irb).</summary>
    public bool FakeIrb { get; set; }

    /// <summary>A basic sense is needed (flags.dosense).</summary>
    public bool DoSense { get; set; }

    /// <summary>Interruption parameter of the driver.</summary>
    public uint Intparm { get; set; }

    /// <summary>Result to report when killed I/O has ended.</summary>
    public int AsyncKillIoRc { get; set; }

    /// <summary>Paths that gave no interrupt, were not operational, were found broken.</summary>
    public byte PathNoIrqMask { get; set; }

    /// <summary>Paths that were not operational.</summary>
    public byte PathNotOperMask { get; set; }

    /// <summary>Paths found broken by verification.</summary>
    public byte PathBrokenMask { get; set; }

    /// <summary>Paths that went since the driver was last told.</summary>
    public byte PathGoneMask { get; set; }

    /// <summary>Paths that came since the driver was last told.</summary>
    public byte PathNewMask { get; set; }

    /// <summary>References on the device for being online, or being set so; for observers.</summary>
    internal int OnlineReferences { get; set; }

    /// <summary>Rounds of ccw_io_helper() since an event last entered the state machine; for observers.</summary>
    internal int BusyRounds { get; set; }

    /// <summary>The handler that a made-up status was promised to; for observers.</summary>
    internal CcwHandler? FakeIrbFor { get; set; }

    /// <summary>The driver was removed since it was promised; for observers.</summary>
    internal bool IsFakeIrbGivenUp { get; set; }

    /// <summary>What the queued work item shall do.</summary>
    public CdevTodo Todo { get; set; }

    /// <summary>The work item.</summary>
    public WorkItem TodoWork { get; set; } = null!;

    /// <summary>Waits for state changes.</summary>
    public WaitQueue WaitQueue { get; set; } = null!;

    /// <summary>Times internal I/O.</summary>
    public Simulation.Timer Timer { get; set; } = null!;

    /// <summary>The pool for CCWs and what they transfer.</summary>
    public Ptr<DmaPool> DmaPool { get; set; }

    /// <summary>Guest address of the layer's own DMA area: SENSE ID data, CCWs, sense bytes.</summary>
    public uint DmaArea { get; set; }

    /// <summary>Accumulated status (dma_area->irb).</summary>
    public AccumulatedStatus Irb { get; set; }
}
