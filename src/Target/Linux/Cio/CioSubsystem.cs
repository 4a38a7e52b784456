using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>The common I/O layer (drivers/s390/cio): its parts, and what they share.</summary>
public sealed class CioSubsystem
{
    /// <summary>Interruption subclass of I/O subchannels (IO_SCH_ISC).</summary>
    public const byte IoSchIsc = 3;

    internal const byte CcwFlagSli = 0x20;
    internal const uint CcwSize = 8;
    internal const uint DmaAreaSize = 256;
    private const uint InternalCcwOffset = 40;
    private const uint SenseOffset = 64;
    private const uint PgidOffset = 160;

    /// <summary>Models channel_subsystem_init(): sets everything up and schedules the first evaluation.</summary>
    public CioSubsystem(GuestKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Kernel = kernel;
        using var frame = kernel.Enter("channel_subsystem_init");
        Bus = new CssBus(this);
        CcwBus = new CcwBus(this);
        WorkQueue = new WorkQueue(kernel.World, "kworker/cio");
        Blacklist = new Blacklist(this);
        Ops = new CioOps(this);
        Css = new Css(this);
        IoSubchannels = new IoSubchannels(this);
        Events = new IoSubchannelEvents(this);
        Paths = new IoSubchannelPaths(this);
        Devices = new CcwDevices(this);
        Todos = new CcwTodos(this);
        Status = new DeviceStatus(this);
        Requests = new CcwRequests(this);
        Fsm = new CcwFsm(this);
        Online = new CcwOnline(this);
        DeviceOps = new CcwDeviceOps(this);
        Interrupts = new CioInterrupts(this);
        Crw = new CrwHandling(this);
        ChannelPaths = new ChannelPaths(this);
        Recovery = new Recovery(this);
        Adapters = new AdapterInterrupts(kernel);
        kernel.Channel.EnableMultipleSubchannelSets();
        SetupCss();
        Css.ScheduleEvalAll();
    }

    /// <summary>Who observes it, or null.</summary>
    public ICioWatch? Watch { get; set; }

    /// <summary>The kernel it is part of.</summary>
    public GuestKernel Kernel { get; }

    /// <summary>The single-threaded work queue "cio" (cio_work_q).</summary>
    public WorkQueue WorkQueue { get; }

    /// <summary>Setting devices online and offline.</summary>
    public CcwOnline Online { get; }

    /// <summary>What ccw drivers call.</summary>
    public CcwDeviceOps DeviceOps { get; }

    /// <summary>Adapter interrupts.</summary>
    public AdapterInterrupts Adapters { get; }

    /// <summary>The channel paths.</summary>
    public ChannelPaths ChannelPaths { get; }

    /// <summary>Device numbers that are ignored.</summary>
    public Blacklist Blacklist { get; }

    /// <summary>Cells of the ccw device's state machine that were reached since the guest booted.</summary>
    public FsmCells ReachedCells => Fsm.Reached;

    /// <summary>Actions on subchannel events that were taken since the guest booted.</summary>
    public IReadOnlySet<SchAction> ReachedActions => Events.Reached;

    /// <summary>The bus of ccw devices.</summary>
    public BusType CcwBus { get; }

    /// <summary>Device css0.</summary>
    public Ptr<Device> Css0 { get; private set; }

    internal Ptr<Subchannel> PseudoSubchannel { get; private set; }

    internal CssBus Bus { get; }

    internal CioOps Ops { get; }

    internal Css Css { get; }

    internal IoSubchannels IoSubchannels { get; }

    internal IoSubchannelEvents Events { get; }

    internal IoSubchannelPaths Paths { get; }

    internal CcwDevices Devices { get; }

    internal CcwTodos Todos { get; }

    internal DeviceStatus Status { get; }

    internal CcwRequests Requests { get; }

    internal CcwFsm Fsm { get; }

    internal CioInterrupts Interrupts { get; }

    internal CrwHandling Crw { get; }

    internal Recovery Recovery { get; }

    /// <summary>Models ccw_driver_register() within its caller.</summary>
    public void RegisterDriver(CcwDriver driver) => CcwBus.Drivers.Add(driver);

    /// <summary>Finds a registered ccw device by its bus id, with a reference (bus_find_device_by_name), or NULL.</summary>
    public Ptr<CcwDevice> FindDevice(string busId) => Kernel.Core.Find<CcwDevice>(CcwBus, d => d.Name == busId);

    /// <summary>The registered ccw device with a bus id, without a reference: what a path in sysfs leads to.</summary>
    public Ptr<CcwDevice> PeekDevice(string busId)
    {
        foreach (var device in CcwBus.Devices)
            if (device.Read().Name == busId) return device.As<CcwDevice>();
        return Ptr<CcwDevice>.Null;
    }

    /// <summary>A new device did not answer in time and was given up (BOXED when it was recognized); for observers.</summary>
    public bool HasGivenUp { get; internal set; }

    /// <summary>Whether subchannels are to be evaluated (css_eval_scheduled).</summary>
    public bool IsEvaluating => Css.IsEvaluating;

    /// <summary>Whether a subchannel is registered.</summary>
    public bool IsRegistered(SubchannelId id)
    {
        foreach (var device in Bus.Devices)
            if (device.As<Subchannel>().Read().Id == id) return true;
        return false;
    }

    /// <summary>The subchannel with an id, if it is registered; without a reference, for observers.</summary>
    public Subchannel? PeekSubchannel(SubchannelId id)
    {
        foreach (var device in Bus.Devices)
            if (device.As<Subchannel>().Target is { } sch && sch.Id == id) return sch;
        return null;
    }

    /// <summary>Models dev_busid_show() of each subchannel: the device number of its cached SCHIB.</summary>
    public void ShowBusIds()
    {
        foreach (var device in Bus.Devices)
        {
            using var frame = Kernel.Enter("dev_busid_show");
            var sch = device.As<Subchannel>().Read();
            var isValid = sch.Schib.Pmcw.IsDeviceNumberValid;
            if (!isValid && !Kernel.Variant.Has(Defects.BusidNoCheck)) continue;
            var shown = $"0.{sch.Id.Ssid:x}.{sch.Schib.Pmcw.DeviceNumber:x4}";
            Kernel.Log($"{sch.Name}: dev_busid {shown}");
            if (!isValid) Kernel.World.Fail(ViolationKind.WrongResult, $"{sch.Name} has no device, but shows {shown}", sch.TypeName);
        }
    }

    /// <summary>Models rescan_store() of css0.</summary>
    public async SimTask Rescan()
    {
        using var frame = Kernel.Enter("rescan_store");
        Css.ScheduleEvalAll();
        await Css.CompleteWork();
    }

    /// <summary>Models cio_settle_write(): a write to /proc/cio_settle.</summary>
    public async SimTask Settle()
    {
        using var frame = Kernel.Enter("cio_settle_write");
        await Crw.WaitForChannelReport();
        await Css.CompleteWork();
    }

    /// <summary>Models get_ccwdev_lock() and spin_lock_irqsave(), within its caller.</summary>
    public SimTask LockCcw(Ptr<CcwDevice> cdev) =>
        Kernel.Variant.Has(Remedies.MoveLock) ? MoveLock.Lock(this, cdev) : Lock(cdev.Read().CcwLock);

    /// <summary>Models spin_unlock_irqrestore() of the ccw device lock, within its caller; what was held off may happen here.</summary>
    /// <remarks>
    /// The lock is looked up again. Who took the lock of the old subchannel just when the device moved to another one
    /// (ccw_device_move_to_sch) releases a lock that it does not hold, and never releases the one it holds: a violation of I40.
    /// </remarks>
    public SchedulingPoint UnlockCcw(Ptr<CcwDevice> cdev)
    {
        var pointer = cdev.Read().CcwLock;
        if (!pointer.Read().Spin.IsHeld)
            Kernel.World.Fail(new Violation
            {
                Kind = ViolationKind.Protocol,
                ObjectType = "cdev->ccwlock",
                Message = $"{cdev.Read().Name} was moved: its lock is not the one that was taken",
                Access = Kernel.Scheduler.Current.Site,
                AccessContext = Kernel.Scheduler.Current.Name,
                IsAnywhere = true,
            });
        return UnlockPoint(pointer);
    }

    internal SimTask Lock(Ptr<LockObject> pointer, bool nested = false) => pointer.Write().Spin.LockIrqSave(nested);

    internal void Unlock(Ptr<LockObject> pointer) => pointer.Write().Spin.Unlock();

    internal SchedulingPoint UnlockPoint(Ptr<LockObject> pointer) => pointer.Write().Spin.UnlockIrqRestore();

    internal bool IsPseudo(Ptr<Subchannel> sch) => sch == PseudoSubchannel;

    /// <summary>Models sch_get_cdev() within its caller.</summary>
    internal static Ptr<CcwDevice> GetCdev(Ptr<Subchannel> sch)
    {
        var priv = sch.Read().IoPrivate;
        return priv.IsNull ? Ptr<CcwDevice>.Null : priv.Read().Cdev;
    }

    /// <summary>Models sch_set_cdev() within its caller.</summary>
    internal static void SetCdev(Ptr<Subchannel> sch, Ptr<CcwDevice> cdev)
    {
        var priv = sch.Read().IoPrivate;
        if (!priv.IsNull) priv.Write().Cdev = cdev;
    }

    internal uint SenseIdData(Ptr<CcwDevice> cdev) => cdev.Read().Private.Read().DmaArea;

    internal uint InternalCcw(Ptr<CcwDevice> cdev) => cdev.Read().Private.Read().DmaArea + InternalCcwOffset;

    internal uint SenseBytes(Ptr<CcwDevice> cdev) => cdev.Read().Private.Read().DmaArea + SenseOffset;

    internal uint PgidData(Ptr<CcwDevice> cdev) => cdev.Read().Private.Read().DmaArea + PgidOffset;

    /// <summary>Writes a format-1 CCW.</summary>
    internal void WriteCcw(uint address, byte command, byte flags, ushort count, uint data)
    {
        var memory = Kernel.Memory;
        memory.Write8(address, command);
        memory.Write8(address + 1, flags);
        memory.Write16(address + 2, count);
        memory.Write32(address + 4, data);
    }

    /// <summary>Models setup_css(): css0 and the parking place for orphans.</summary>
    private void SetupCss()
    {
        using var frame = Kernel.Enter("setup_css");
        var css0 = Kernel.Heap.Allocate(new ChannelSubsystemDevice(Kernel.World) { Name = "css0" });
        Kernel.Core.Initialize(css0.As<Device>());
        Css0 = css0.As<Device>();
        var locks = Kernel.Heap.Allocate(new LockObject(Kernel.World, "pseudo_subchannel->lock"));
        var pseudo = Kernel.Heap.Allocate(new Subchannel(this, new SubchannelId(0, 0, 0)) { Name = "defunct", LockPtr = locks });
        Kernel.Core.Initialize(pseudo.As<Device>());
        pseudo.Write().Parent = Css0;
        pseudo.Write().IsRegistered = true;
        PseudoSubchannel = pseudo;
    }
}

/// <summary>The channel subsystem's own device (struct channel_subsystem); it is never released in practice.</summary>
public sealed class ChannelSubsystemDevice(World world) : Device(world)
{
    /// <inheritdoc/>
    public override string TypeName => "struct channel_subsystem";

    /// <inheritdoc/>
    public override SimTask Release()
    {
        Heap.Free(new Ptr<ChannelSubsystemDevice>(this));
        return SimTask.Done;
    }
}
