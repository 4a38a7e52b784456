using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>What a host driver does (struct scsi_host_template).</summary>
public interface IScsiHostTemplate
{
    /// <summary>Starts a command (queuecommand).</summary>
    /// <returns>Whether it was taken; false: the host is busy.</returns>
    SimTask<bool> QueueCommand(Ptr<ScsiHost> host, Ptr<ScsiCommand> command);

    /// <summary>Resets the device of a command (eh_device_reset_handler).</summary>
    /// <returns>Whether that succeeded.</returns>
    SimTask<bool> ResetDevice(Ptr<ScsiCommand> command);

    /// <summary>Frees the driver's part of a host, which is one allocation with it.</summary>
    void FreePrivate(Ptr<HeapObject> data);
}

/// <summary>A SCSI host (struct Scsi_Host, include/scsi/scsi_host.h); as a device it is its shost_gendev.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="scsi">The midlayer.</param>
public sealed class ScsiHost(World world, ScsiMidlayer scsi) : Device(world)
{
    /// <inheritdoc/>
    public override string TypeName => "struct Scsi_Host";

    /// <inheritdoc/>
    public override string StateName => State.ToString();

    /// <summary>The host driver.</summary>
    public required IScsiHostTemplate Template { get; init; }

    /// <summary>Bus id of the ccw device behind it, for the nodes of its disks.</summary>
    public string BusId { get; init; } = "";

    /// <summary>The driver's part (shost_priv).</summary>
    public Ptr<HeapObject> Private { get; set; }

    /// <summary>Commands that the driver takes at once (can_queue).</summary>
    public int CanQueue { get; set; }

    /// <summary>Targets that are scanned: ids below this.</summary>
    public ulong MaxId { get; set; }

    /// <summary>Bytes that the driver keeps for a command where the host can reach them (cmd_size).</summary>
    public uint CommandSize { get; init; }

    /// <summary>What they are, in the kernel's words.</summary>
    public string CommandName { get; init; } = "";

    /// <summary>Its number.</summary>
    public int HostNo { get; internal set; }

    /// <summary>Its state (shost_state).</summary>
    public ScsiHostState State { get; internal set; }

    /// <summary>host_lock.</summary>
    internal SpinLock HostLock { get; } = new(world, "shost->host_lock");

    /// <summary>scan_mutex.</summary>
    internal Mutex ScanMutex { get; } = new(world, "shost->scan_mutex");

    /// <summary>Its devices, removed ones included until their release (__devices).</summary>
    internal List<Ptr<ScsiDevice>> Devices { get; } = [];

    /// <summary>Its targets (__targets).</summary>
    internal List<Ptr<ScsiTarget>> Targets { get; } = [];

    /// <summary>The requests of all its devices.</summary>
    internal BlkMqTagSet TagSet { get; set; } = null!;

    /// <summary>Users of <see cref="TagSet"/> (tagset_refcnt).</summary>
    internal int TagSetRefs { get; set; }

    /// <summary>The tag set was freed (tagset_freed).</summary>
    internal Completion TagSetFreed { get; } = new(world, "for the SCSI host's tags to become unused");

    /// <summary>Its device of the class (shost_dev).</summary>
    internal Ptr<EmbeddedDevice> ClassDevice { get; set; }

    /// <summary>The error handler's thread.</summary>
    internal KernelThread? ErrorHandler { get; set; }

    /// <summary>Commands for the error handler (eh_cmd_q).</summary>
    internal List<Ptr<ScsiCommand>> Failed { get; } = [];

    /// <summary>Commands that the host has (scsi_host_busy).</summary>
    internal int Busy { get; set; }

    /// <summary>Woken when the error handler is done (host_wait).</summary>
    internal WaitQueue HostWait { get; } = new(world, "for SCSI error recovery");

    /// <summary>Whether the error handler works (scsi_host_in_recovery).</summary>
    internal bool IsInRecovery => State is ScsiHostState.Recovery or ScsiHostState.CancelRecovery or ScsiHostState.DeletedRecovery;

    /// <summary>Whether devices may be added (scsi_host_scan_allowed).</summary>
    internal bool MayScan => State is ScsiHostState.Running or ScsiHostState.Recovery;

    /// <summary>The pointer to it.</summary>
    internal Ptr<ScsiHost> Self { get; set; }

    /// <inheritdoc/>
    public override SimTask Release() => scsi.ReleaseHost(Self);

    /// <summary>Models scsi_host_set_state() within its caller.</summary>
    /// <returns>Whether the transition is legal.</returns>
    internal bool SetState(ScsiHostState to)
    {
        var legal = State == to || to switch
        {
            ScsiHostState.Running => State is ScsiHostState.Created or ScsiHostState.Recovery,
            ScsiHostState.Recovery => State is ScsiHostState.Running,
            ScsiHostState.Cancel => State is ScsiHostState.Created or ScsiHostState.Running or ScsiHostState.CancelRecovery,
            ScsiHostState.Deleted => State is ScsiHostState.Cancel or ScsiHostState.DeletedRecovery,
            ScsiHostState.CancelRecovery => State is ScsiHostState.Cancel or ScsiHostState.Recovery,
            ScsiHostState.DeletedRecovery => State is ScsiHostState.CancelRecovery,
            _ => false,
        };
        if (legal) State = to;
        return legal;
    }
}

/// <summary>A second struct device inside a structure; its memory goes with that structure.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="typeName">The structure and the member.</param>
/// <param name="release">The release callback of its class.</param>
public sealed class EmbeddedDevice(World world, string typeName, Func<SimTask> release) : Device(world)
{
    /// <inheritdoc/>
    public override string TypeName => typeName;

    /// <inheritdoc/>
    public override SimTask Release() => release();

    /// <summary>It goes with what it is part of, which may never have got as far as registering it.</summary>
    internal override int References => 0;
}
