using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Campaigns;

/// <summary>What the outcome of a raw channel program depends on, as it is before the program.</summary>
internal readonly record struct RawState
{
    /// <summary>Reads it from a device.</summary>
    public RawState(QemuHost host, VirtioCcwHostDevice device, HostSubchannel sch)
    {
        Version = host.Version;
        Revision = device.Revision;
        ForcesRevision1 = device.Virtio.ForcesRevision1;
        IsThinint = sch.IsThinint;
        HasIndicators = device.Indicators is not null;
        HasConfigIndicators = device.ConfigIndicators is not null;
        HasSummary = device.SummaryIndicator is not null;
        Queues = device.Virtio.QueueCount;
        QueueSize = device.Virtio.Queue(0)?.Size ?? 0;
        QueueMax = device.Virtio.Queue(0)?.DefaultSize ?? 0;
        ConfigLength = device.Virtio.ConfigLength;
        Residual = sch.Status.Scsw.Count;
        DeferredCc = sch.Status.Scsw.DeferredCc;
        IsDeferred = host.Channel.IsDeferred;
        ChecksSubclass = device.ChecksSubclass;
        HasRightResiduals = device.Has(Defects.ReadConfResidual);
        IsReady = (device.Virtio.Status & VirtioStatus.DriverOk) != 0;
        HasRing = device.Virtio.Queue(0)?.Desc > 0;
    }

    /// <summary>Which QEMU.</summary>
    public HostVersion Version { get; init; }

    /// <summary>Whether the host rejects an interruption subclass above 7; if not, it shows only when the device notifies.</summary>
    public bool ChecksSubclass { get; init; }

    /// <summary>Whether residual counts are expected to be right even of an old host.</summary>
    public bool HasRightResiduals { get; init; }

    /// <summary>Revision of the transport, or -1.</summary>
    public int Revision { get; init; }

    /// <summary>Whether the device is for drivers only that begin with a revision of 1 or more.</summary>
    public bool ForcesRevision1 { get; init; }

    /// <summary>Whether the driver of the device is a legacy one, or is taken for one.</summary>
    public bool IsLegacy => Revision < 1;

    /// <summary>Whether adapter interrupts are on.</summary>
    public bool IsThinint { get; init; }

    /// <summary>Whether queue indicators are registered.</summary>
    public bool HasIndicators { get; init; }

    /// <summary>Whether a configuration indicator is registered.</summary>
    public bool HasConfigIndicators { get; init; }

    /// <summary>Whether a summary indicator is registered.</summary>
    public bool HasSummary { get; init; }

    /// <summary>Whether the driver said that it is ready.</summary>
    public bool IsReady { get; init; }

    /// <summary>Whether queue 0 has a descriptor table.</summary>
    public bool HasRing { get; init; }

    /// <summary>How far the driver has come, as a number below 256.</summary>
    public uint Phase => (uint)(Revision + 1) | (IsThinint ? 4u : 0) | (HasIndicators ? 8u : 0) | (HasConfigIndicators ? 16u : 0)
        | (IsReady ? 32u : 0) | (HasRing ? 64u : 0);

    /// <summary>Number of queues.</summary>
    public int Queues { get; init; }

    /// <summary>Descriptors of queue 0 as set up.</summary>
    public int QueueSize { get; init; }

    /// <summary>Descriptors that queue 0 is offered with.</summary>
    public int QueueMax { get; init; }

    /// <summary>Bytes of configuration space.</summary>
    public int ConfigLength { get; init; }

    /// <summary>Residual count that the last program left.</summary>
    public ushort Residual { get; init; }

    /// <summary>Deferred condition code that an earlier program left: QEMU never clears it.</summary>
    public int DeferredCc { get; init; }

    /// <summary>Whether the host performs functions later, as the architecture has it.</summary>
    public bool IsDeferred { get; init; }

    /// <summary>The right count of a command, bytes.</summary>
    public int LengthOf(RawCommand command) => command switch
    {
        RawCommand.Sense => 32,
        RawCommand.SenseId => 256,
        RawCommand.SetVq => IsLegacy ? 16 : 32,
        RawCommand.ReadFeat or RawCommand.WriteFeat => 5,
        RawCommand.ReadConf or RawCommand.WriteConf => ConfigLength,
        RawCommand.SetInd or RawCommand.SetConfInd => 8,
        RawCommand.ReadVqConf or RawCommand.SetRev => 4,
        RawCommand.SetIndAdapter => 25,
        _ => 1,
    };

    /// <summary>The count in the CCW of a program, bytes.</summary>
    public int CountOf(RawCommand command, RawForm form) => form switch
    {
        RawForm.Short or RawForm.ShortSli => Math.Max(LengthOf(command) - 1, 0),
        RawForm.Long or RawForm.LongSli or RawForm.DataChained => LengthOf(command) + 8,
        RawForm.Empty or RawForm.Format0Empty => 0,
        _ => LengthOf(command),
    };
}
