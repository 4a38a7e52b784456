using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>A target of a host (struct scsi_target).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="scsi">The midlayer.</param>
public sealed class ScsiTarget(World world, ScsiMidlayer scsi) : Device(world)
{
    /// <inheritdoc/>
    public override string TypeName => "struct scsi_target";

    /// <summary>Its number on the host.</summary>
    public uint Id { get; internal set; }

    /// <summary>Its state.</summary>
    public ScsiTargetState State { get; internal set; }

    /// <summary>Devices and scans that keep it visible (reap_ref).</summary>
    internal int ReapRefs { get; set; } = 1;

    /// <summary>SCSI level of its devices.</summary>
    internal int Level { get; set; }

    /// <summary>The host, unreferenced.</summary>
    internal Ptr<ScsiHost> Host { get; set; }

    /// <summary>The pointer to it.</summary>
    internal Ptr<ScsiTarget> Self { get; set; }

    /// <inheritdoc/>
    public override SimTask Release() => scsi.ReleaseTarget(Self);
}

/// <summary>A logical unit (struct scsi_device, include/scsi/scsi_device.h); as a device it is its sdev_gendev.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="scsi">The midlayer.</param>
public sealed class ScsiDevice(World world, ScsiMidlayer scsi) : Device(world)
{
    /// <inheritdoc/>
    public override string TypeName => "struct scsi_device";

    /// <inheritdoc/>
    public override string StateName => State.ToString();

    /// <summary>The host, unreferenced.</summary>
    public Ptr<ScsiHost> Host { get; internal set; }

    /// <summary>The target.</summary>
    public Ptr<ScsiTarget> Target { get; internal set; }

    /// <summary>Number of the target.</summary>
    public uint Id { get; internal set; }

    /// <summary>Number of the logical unit.</summary>
    public ulong Lun { get; internal set; }

    /// <summary>Its state (sdev_state).</summary>
    public ScsiDeviceState State { get; internal set; }

    /// <summary>Its queue, referenced until its release.</summary>
    internal Ptr<RequestQueue> Queue { get; set; }

    /// <summary>state_mutex.</summary>
    internal Mutex StateMutex { get; } = new(world, "sdev->state_mutex");

    /// <summary>Its device of the class (sdev_dev).</summary>
    internal Ptr<EmbeddedDevice> ClassDevice { get; set; }

    /// <summary>It is in sysfs (is_visible).</summary>
    internal bool IsVisible { get; set; }

    /// <summary>Peripheral device type of the INQUIRY; 0 is a disk.</summary>
    internal int Type { get; set; } = -1;

    /// <summary>The asynchronous probe runs: drivers match now.</summary>
    internal bool MayProbe { get; set; }

    /// <summary>Whether commands have a chance (scsi_device_online).</summary>
    internal bool IsOnline => State is not (ScsiDeviceState.Offline or ScsiDeviceState.Deleted);

    /// <summary>The pointer to it.</summary>
    internal Ptr<ScsiDevice> Self { get; set; }

    /// <inheritdoc/>
    public override SimTask Release() => scsi.ReleaseDevice(Self);

    /// <summary>Models scsi_device_set_state() within its caller.</summary>
    /// <returns>Whether the transition is legal.</returns>
    internal bool SetState(ScsiDeviceState to)
    {
        var legal = State == to || to switch
        {
            ScsiDeviceState.Running => State is ScsiDeviceState.Created or ScsiDeviceState.Offline,
            ScsiDeviceState.Offline => State is ScsiDeviceState.Created or ScsiDeviceState.Running,
            ScsiDeviceState.Cancel => State is ScsiDeviceState.Created or ScsiDeviceState.Running or ScsiDeviceState.Offline,
            ScsiDeviceState.Deleted => true,
            _ => false,
        };
        if (legal) State = to;
        return legal;
    }
}
