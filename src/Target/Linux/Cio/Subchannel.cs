using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>A spinlock with memory of its own (sch->lock points to one; cdev->ccwlock is the same pointer).</summary>
public sealed class LockObject(World world, string name) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "spinlock_t";

    /// <summary>The lock.</summary>
    public SpinLock Spin { get; } = new(world, name);

    /// <summary>Who found it through a ccw device and waits for it, within rcu_read_lock(); for the remedy of a moved lock.</summary>
    internal int Seekers { get; set; }
}

/// <summary>What a subchannel's work item shall do, in rising priority (enum sch_todo, css.h).</summary>
public enum SchTodo
{
    /// <summary>Nothing.</summary>
    Nothing,
    /// <summary>Evaluate it.</summary>
    Eval,
    /// <summary>Unregister it.</summary>
    Unreg,
}

/// <summary>The configuration a subchannel shall have (struct schib_config, cio.h).</summary>
public struct SchConfig
{
    /// <summary>Interruption parameter.</summary>
    public uint Intparm { get; set; }

    /// <summary>Interruption subclass.</summary>
    public byte Isc { get; set; }

    /// <summary>Enabled.</summary>
    public bool Ena { get; set; }

    /// <summary>Concurrent sense.</summary>
    public bool Csense { get; set; }

    /// <summary>Multipath mode.</summary>
    public bool Mp { get; set; }
}

/// <summary>A subchannel as the guest knows it (struct subchannel, cio.h).</summary>
public sealed class Subchannel : Device
{
    private readonly CioSubsystem cio;

    internal Subchannel(CioSubsystem cio, SubchannelId id) : base(cio.Kernel.World)
    {
        this.cio = cio;
        Id = id;
        RegMutex = new Mutex(cio.Kernel.World, "sch->reg_mutex");
    }

    /// <inheritdoc/>
    public override string TypeName => "struct subchannel";

    /// <summary>Subchannel id (schid).</summary>
    public SubchannelId Id { get; }

    /// <summary>The lock, which its ccw device shares.</summary>
    public Ptr<LockObject> LockPtr { get; set; }

    /// <summary>Serializes registration.</summary>
    public Mutex RegMutex { get; }

    /// <summary>The SCHIB as last stored.</summary>
    public Schib Schib { get; set; }

    /// <summary>The configuration wanted.</summary>
    public SchConfig Config { get; set; }

    /// <summary>Paths to use for I/O.</summary>
    public byte Lpm { get; set; }

    /// <summary>Paths that are operational by configuration.</summary>
    public byte Opm { get; set; }

    /// <summary>Paths verified.</summary>
    public byte Vpm { get; set; }

    /// <summary>Channel paths by what the channel subsystem said last (ssd_info).</summary>
    public SsdInfo Ssd { get; set; }

    /// <summary>Whether the io_subchannel driver is bound (sch->driver).</summary>
    public bool HasDriver { get; set; }

    /// <summary>What the queued work item shall do.</summary>
    public SchTodo Todo { get; set; }

    /// <summary>The work item.</summary>
    public WorkItem TodoWork { get; set; } = null!;

    /// <summary>Driver data as the io_subchannel driver uses it.</summary>
    public Ptr<IoSubchannelPrivate> IoPrivate
    {
        get => DriverData.As<IoSubchannelPrivate>();
        set => DriverData = value.As<HeapObject>();
    }

    /// <summary>Updates the cached subchannel-status word only.</summary>
    public void SetScsw(Scsw scsw) => Schib = Schib with { Scsw = scsw };

    /// <inheritdoc/>
    public override SimTask Release() => cio.Css.ReleaseSubchannel(this);
}

/// <summary>What the io_subchannel driver keeps for a subchannel (struct io_subchannel_private, io_sch.h).</summary>
public sealed class IoSubchannelPrivate : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct io_subchannel_private";

    /// <summary>The device attached, without a reference.</summary>
    public Ptr<CcwDevice> Cdev { get; set; }

    /// <summary>Whether channel programs may be suspended (options.suspend), as the last start of a driver had it.</summary>
    public bool AllowSuspend { get; set; }

    /// <summary>Guest address of the CCW for basic sense (dma_area).</summary>
    public uint SenseCcw { get; set; }
}
