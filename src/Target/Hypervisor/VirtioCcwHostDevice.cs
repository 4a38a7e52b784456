using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>A virtio device on the channel subsystem (struct VirtioCcwDevice, hw/s390x/virtio-ccw.c).</summary>
public sealed partial class VirtioCcwHostDevice : ISubchannelDevice
{
    private const ushort ControlUnitType = 0x3832;
    private const int MaxRevision = 2;
    private readonly QemuHost host;
    private readonly ChannelSubsystem channel;
    private readonly GuestMemory memory;
    private readonly World world;
    private readonly RegistrationRules rules;
    private HostSubchannel? subchannel;

    internal VirtioCcwHostDevice(QemuHost host, DeviceType type, VirtioHostDevice virtio)
    {
        this.host = host;
        channel = host.Channel;
        memory = channel.Memory;
        world = channel.World;
        Type = type;
        Virtio = virtio;
        virtio.Transport = this;
        rules = new RegistrationRules(this, host);
    }

    /// <summary>What it is.</summary>
    public DeviceType Type { get; }

    /// <summary>The virtio device and its back end.</summary>
    public VirtioHostDevice Virtio { get; }

    /// <summary>Device number.</summary>
    public ushort Devno { get; private set; }

    /// <summary>Its subchannel as the guest names it; kept after unplugging, for reports.</summary>
    public SubchannelId Id { get; private set; }

    /// <summary>Its subchannel; null once unplugged.</summary>
    public HostSubchannel? Subchannel => subchannel;

    /// <summary>Whether it is plugged.</summary>
    public bool IsPlugged => subchannel is not null;

    /// <summary>Revision of the transport that the driver chose, or -1.</summary>
    public int Revision { get; private set; } = -1;

    /// <summary>Where queue indicators are.</summary>
    public IndAddr? Indicators { get; private set; }

    /// <summary>Where the configuration indicator is.</summary>
    public IndAddr? ConfigIndicators { get; private set; }

    /// <summary>Where the summary indicator of adapter interrupts is.</summary>
    public IndAddr? SummaryIndicator { get; private set; }

    /// <summary>Bit of queue 0 behind <see cref="Indicators"/>, for adapter interrupts.</summary>
    public ulong IndicatorBit { get; private set; }

    /// <summary>Interruption subclass of adapter interrupts, as the guest gave it.</summary>
    public byte ThinintIsc { get; private set; }

    /// <summary>A change of the configuration was signalled, and neither delivered nor read since; for observers.</summary>
    internal bool IsConfigSignalled { get; set; }

    /// <summary>Whether kicks are events (ioeventfd_started).</summary>
    public bool IsIoeventfdStarted { get; private set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Type} {Devno:x4}";

    /// <summary>Models virtio_sch_disable_cb(): the program disabled the subchannel: the revision is forgotten, and nothing else.</summary>
    public void Disabled(HostSubchannel subchannel)
    {
        using var _ = world.Enter("virtio_sch_disable_cb");
        Revision = -1;
        rules.Disabled();
        if (host.ResetsDisabled) ResetVirtio();
    }

    /// <summary>Models virtio_ccw_device_realize() with virtio_ccw_device_plugged(): brings the device to life.</summary>
    /// <param name="ssid">Subchannel set.</param>
    /// <param name="devno">Device number.</param>
    /// <param name="hotplugged">False for a device that is there from the start: nothing is reported.</param>
    /// <param name="requestQueues">Request queues, for devices that can have several.</param>
    /// <returns>False if the device number is taken.</returns>
    internal bool Realize(byte ssid, ushort devno, bool hotplugged, int requestQueues)
    {
        using var _ = world.Enter("virtio_ccw_device_realize");
        if (channel.CreateSubchannel(ssid, devno, this) is not { } sch) return false;
        subchannel = sch;
        sch.CuType = ControlUnitType;
        Devno = devno;
        Id = sch.GuestId;
        Indicators = ConfigIndicators = SummaryIndicator = null;
        IndicatorBit = 0;
        ThinintIsc = 0;
        Revision = -1;
        IsIoeventfdStarted = IsConfigSignalled = false;
        Virtio.Realize(requestQueues);
        sch.CuModel = Virtio.DeviceId;
        channel.AnnounceSubchannel(sch, hotplugged);
        ResetNew(sch);
        rules.Reset();
        return true;
    }

    /// <summary>Models ccw_device_unplug() of css-bridge.c with qdev_unrealize(): takes the device away.</summary>
    internal void Unplug()
    {
        using var _ = world.Enter("ccw_device_unplug");
        if (subchannel is not { } sch) return;
        if (!Has(Defects.IoeventfdAfterFree)) StopIoeventfd();
        channel.InvalidateSubchannel(sch);
        Virtio.Unrealize();
        Unrealize(sch);
    }

    /// <summary>Resets the device and its subchannel with the machine (virtio_ccw_reset, ccw_device_reset).</summary>
    internal void SystemReset()
    {
        using var _ = world.Enter("virtio_ccw_reset");
        ResetVirtio(Has(Defects.SystemResetKeepsIndicators));
        if (subchannel is { } sch && !Has(Defects.NoBaseReset)) channel.ResetSubchannel(sch);
        if (channel.Variant.HasHostDefect) rules.SystemReset();
    }

    /// <summary>Where it lives.</summary>
    internal World World => world;

    /// <summary>Whether a past defect is there.</summary>
    internal bool Has(Switch defect) => channel.Variant.Has(defect);

    /// <summary>Models virtio_bus_start_ioeventfd(): kicks become events; one is pending for every queue.</summary>
    internal void StartIoeventfd()
    {
        using var _ = world.Enter("virtio_bus_start_ioeventfd");
        if (IsIoeventfdStarted) return;
        for (var i = 0; i < Virtio.QueueCount; i++)
        {
            var queue = Virtio.Queue(i)!;
            if (Virtio.UsesGuestNotifiers) queue.AssignGuestNotifier();
            queue.AssignHostNotifier();
        }
        IsIoeventfdStarted = true;
    }

    /// <summary>Models virtio_bus_stop_ioeventfd(): kicks become calls; what is pending is served now.</summary>
    internal void StopIoeventfd()
    {
        using var _ = world.Enter("virtio_bus_stop_ioeventfd");
        if (!IsIoeventfdStarted) return;
        for (var i = 0; i < Virtio.QueueCount; i++) Virtio.Queue(i)!.RemoveHostNotifier();
        for (var i = 0; i < Virtio.QueueCount; i++) Virtio.Queue(i)!.ReadHostNotifier();
        if (Virtio.UsesGuestNotifiers)
            for (var i = 0; i < Virtio.QueueCount; i++) Virtio.Queue(i)!.RemoveGuestNotifier();
        IsIoeventfdStarted = false;
    }

    /// <summary>Models virtio_ccw_device_unrealize(): the virtio device goes, and the subchannel with it.</summary>
    private void Unrealize(HostSubchannel sch)
    {
        using var _ = world.Enter("virtio_ccw_device_unrealize");
        if (IsIoeventfdStarted && Has(Defects.IoeventfdAfterFree)) StopIoeventfdOfFreed();
        channel.RemoveSubchannel(sch);
        subchannel = null;
        if (Indicators is not null) host.Indicators.Release(Indicators);
        Indicators = null;
        // The other two keep their references for ever.
        IndicatorTable.Forget(ConfigIndicators);
        IndicatorTable.Forget(SummaryIndicator);
    }

    /// <summary>Models virtio_ccw_reset(): the reset that a new device gets.</summary>
    private void ResetNew(HostSubchannel sch)
    {
        using var _ = world.Enter("virtio_ccw_reset");
        ResetVirtio();
        channel.ResetSubchannel(sch);
    }

    /// <summary>Models virtio_ccw_stop_ioeventfd(): with the defect it stops the events of a device that is freed.</summary>
    private void StopIoeventfdOfFreed()
    {
        using var _ = world.Enter("virtio_ccw_stop_ioeventfd");
        world.Fail(ViolationKind.HostAssert, "the ioeventfd of a device that is freed is stopped", "struct VirtIODevice");
    }

    /// <summary>Models virtio_ccw_reset_virtio(): resets the virtio device and forgets the indicators.</summary>
    private void ResetVirtio(bool keepsIndicators = false)
    {
        using var _ = world.Enter("virtio_ccw_reset_virtio");
        StopIoeventfd();
        Virtio.Reset();
        if (keepsIndicators) return;
        if (Indicators is not null) host.Indicators.Release(Indicators);
        if (ConfigIndicators is not null) host.Indicators.Release(ConfigIndicators);
        if (SummaryIndicator is not null) host.Indicators.Release(SummaryIndicator);
        Indicators = ConfigIndicators = SummaryIndicator = null;
        IsConfigSignalled = false;
        if (subchannel is { } sch) sch.IsThinint = false;
    }
}
