using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Channel;

/// <summary>The channel subsystem as QEMU 7.2 provides it (hw/s390x/css.c, target/s390x/ioinst.c).</summary>
/// <remarks>
/// The guest calls the I/O instructions; each is one atomic step under the host's big lock. The host calls what is in
/// ChannelSubsystem.Hosting.cs. There is one image, 0xfe, which the guest sees as 0, with up to four subchannel sets.
/// </remarks>
public sealed partial class ChannelSubsystem
{
    /// <summary>The image that virtual devices live in (VIRTUAL_CSSID).</summary>
    public const byte DefaultCssid = 0xfe;

    private const int ChannelPaths = 256;
    private readonly World world;
    private readonly GuestMemory memory;
    private readonly ChannelProgram program;
    private readonly SubchannelSet[] sets = new SubchannelSet[SubchannelId.MaxSsid + 1];
    private readonly List<HostSubchannel> pool = [];
    private readonly byte?[] channelPathTypes = new byte?[ChannelPaths];
    private int pooled;
    private byte maxSsid;

    /// <summary>Creates a channel subsystem without subchannels.</summary>
    public ChannelSubsystem(World world, GuestMemory memory)
    {
        this.world = world;
        this.memory = memory;
        program = new ChannelProgram(this);
        for (var i = 0; i < sets.Length; i++) sets[i] = new SubchannelSet();
    }

    /// <summary>Whether a channel program ends after a number of CCWs (remedy ProgramLimit).</summary>
    public bool LimitsPrograms
    {
        get => program.HasLimit;
        set => program.HasLimit = value;
    }

    /// <summary>Where it lives.</summary>
    public World World => world;

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory => memory;

    /// <summary>Which of the host's past defects are there.</summary>
    public Variant Variant { get; set; } = VariantCatalogue.Default;

    /// <summary>Who answers virtqueue notifications; set by the hypervisor.</summary>
    public INotifyTarget? NotifyTarget { get; set; }

    /// <summary>Who observes the host, or null.</summary>
    public IHostWatch? Watch { get; set; }

    /// <summary>Whether the guest has switched on more than one subchannel set.</summary>
    public bool HasMultipleSubchannelSets => maxSsid > 0;

    /// <summary>
    /// Start, halt and clear functions are performed later, by a host context, as the architecture allows. Off: inside
    /// the instruction, as QEMU does.
    /// </summary>
    public bool IsDeferred { get; set; }

    /// <summary>
    /// Interruption subclasses that the guest's CPUs are enabled for (control register 6), subclass 0 leftmost. Interrupts of
    /// others stay pending for ever: their status is found by TEST SUBCHANNEL only.
    /// </summary>
    public byte EnabledSubclasses { get; set; } = 0xff;

    /// <summary>
    /// TEST SUBCHANNEL that finds status withdraws the interrupt that announced it, as the architecture and KVM have it.
    /// Off: the interrupt stays pending and finds nothing, as under TCG.
    /// </summary>
    public bool TestWithdrawsInterrupt { get; set; } = true;

    /// <summary>
    /// Models css_enable_mss() (CHSC 0x0031): enables subchannel sets 1 to 3. From now on subchannel CRWs are chained pairs.
    /// </summary>
    public void EnableMultipleSubchannelSets()
    {
        using var _ = world.Enter("css_enable_mss");
        maxSsid = SubchannelId.MaxSsid;
    }

    /// <summary>Models ioinst_handle_chsc() for CHSC 0x0004, store subchannel description: this host does not have the command.</summary>
    /// <returns>False: response code 4.</returns>
    public bool StoreSubchannelDescription(SubchannelId id)
    {
        using var _ = world.Enter("ioinst_handle_chsc");
        if (world.Trace.On) world.Trace.Add(TraceKind.Instruction, $"chsc 0x0004 {id} response=4");
        return false;
    }

    /// <summary>
    /// Models ioinst_handle_chsc(): CHSC 0x0002, store channel path description (ioinst_handle_chsc_scpd, css_collect_chp_desc).
    /// </summary>
    /// <returns>Whether the path is there.</returns>
    public bool StoreChannelPathDescription(byte chpid)
    {
        using var _ = world.Enter("ioinst_handle_chsc");
        if (world.Trace.On) world.Trace.Add(TraceKind.Instruction, $"chsc 0x0002 0.{chpid:x2} response=1");
        return channelPathTypes[chpid] is not null;
    }

    /// <summary>Diagnose 0x500 (s390_virtio_hypercall).</summary>
    /// <param name="subcode">Register 1; 3 is the virtio-ccw notification.</param>
    /// <param name="schid">Register 2: subchannel id word.</param>
    /// <param name="queue">Register 3: queue index.</param>
    /// <param name="cookie">Register 4: what the last call returned; QEMU ignores it.</param>
    /// <returns>Register 2: a cookie, or a negative errno.</returns>
    public long Hypercall(uint subcode, uint schid, uint queue, ulong cookie)
    {
        const uint CcwNotify = 3;
        return subcode == CcwNotify ? NotifyHypercall(schid, queue, cookie) : -Errno.EINVAL;
    }

    /// <summary>Models virtio_ccw_hcall_notify() of s390-virtio-ccw.c: the virtio-ccw notification.</summary>
    /// <param name="schid">Subchannel id word.</param>
    /// <param name="queue">Queue index.</param>
    /// <param name="cookie">Ignored.</param>
    /// <returns>0, or -EINVAL for a bad id, no such subchannel or a queue index of 1024 or more.</returns>
    public long NotifyHypercall(uint schid, uint queue, ulong cookie)
    {
        using var _ = world.Enter("virtio_ccw_hcall_notify");
        if (!SubchannelId.TryParse(schid, out var id)) return -Errno.EINVAL;
        if (Find(id) is not { } sch || !IsVisible(sch)) return -Errno.EINVAL;
        return NotifyTarget?.Notify(sch, queue) ?? -Errno.EINVAL;
    }

    /// <summary>Forgets everything: a new execution starts.</summary>
    public void Reset()
    {
        SystemReset();
        foreach (var set in sets) set.Clear();
        for (var i = 0; i < pooled; i++) pool[i].IsAssigned = false;
        pooled = 0;
        Array.Clear(channelPathTypes);
        CrwCapacity = int.MaxValue;
        IsDeferred = false;
        TestWithdrawsInterrupt = true;
        EnabledSubclasses = 0xff;
        Variant = VariantCatalogue.Default;
    }

    /// <summary>Models css_reset(): what a reset of the machine does here: no reports, machine checks armed, one set, one image.</summary>
    public void SystemReset()
    {
        using var _ = world.Enter("css_reset");
        crws.Clear();
        CrwsQueued = CrwsRead = CrwsLost = 0;
        crwsLost = false;
        machineCheckArmed = true;
        loseNextMachineCheck = IsMachineCheckLost = false;
        maxSsid = 0;
    }

    /// <summary>The subchannel with this id, visible or not (css_find_subch).</summary>
    public HostSubchannel? Find(SubchannelId id)
    {
        if (id.Cssid == byte.MaxValue && Variant.Has(Defects.Cssid255)) LookBeyondImages();
        return id.Ssid <= SubchannelId.MaxSsid && id.Cssid is 0 or DefaultCssid ? sets[id.Ssid][id.Schid] : null;
    }

    /// <summary>Models css_find_subch(): with the defect it looks for an image that there is none of.</summary>
    private void LookBeyondImages()
    {
        using var _ = world.Enter("css_find_subch");
        world.Fail(ViolationKind.HostAssert, "css[] is indexed with image 255, beyond its end", "struct ChannelSubSys");
    }

    private bool IsVisible(HostSubchannel sch) => sch.Ssid <= maxSsid;
}
