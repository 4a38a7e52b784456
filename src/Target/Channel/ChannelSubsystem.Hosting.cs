using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Channel;

/// <content>What the hypervisor does: subchannels come and go, devices are reset.</content>
public sealed partial class ChannelSubsystem
{
    private const byte VirtioChannelPathType = 0x32;

    /// <summary>Models css_create_sch() with css_sch_build_virtual_schib(): creates and assigns a subchannel for a device number.</summary>
    /// <param name="ssid">Subchannel set.</param>
    /// <param name="devno">Device number.</param>
    /// <param name="device">The device behind it.</param>
    /// <returns>The subchannel with the lowest free number, or null if the device number is taken or the set full.</returns>
    public HostSubchannel? CreateSubchannel(byte ssid, ushort devno, ISubchannelDevice device)
    {
        using var _ = world.Enter("css_create_sch");
        if (ssid > SubchannelId.MaxSsid || sets[ssid].IsDevnoUsed(devno)) return null;
        var schid = sets[ssid].FindFree();
        if (schid < 0) return null;
        var sch = Rent();
        sch.Cssid = DefaultCssid;
        sch.Ssid = ssid;
        sch.Schid = (ushort)schid;
        sch.Devno = devno;
        sch.Device = device;
        Assign(sch, true);
        BuildSchib(sch);
        return sch;
    }

    /// <summary>Takes a subchannel out of the table; the caller forgets it (css_subch_assign with NULL).</summary>
    public void RemoveSubchannel(HostSubchannel sch)
    {
        ArgumentNullException.ThrowIfNull(sch);
        Assign(sch, false);
    }

    /// <summary>Disables a subchannel whose device goes away: not enabled, device number not valid (ccw_device_unplug).</summary>
    public void InvalidateSubchannel(HostSubchannel sch)
    {
        ArgumentNullException.ThrowIfNull(sch);
        sch.Status.Pmcw.Flags &= ~(PmcwFlags.Enabled | PmcwFlags.DeviceNumberValid);
        GenerateSubchannelCrws(sch, hotplugged: true, added: false);
    }

    /// <summary>Reports a new subchannel to the guest (css_generate_sch_crws).</summary>
    /// <param name="sch">Which one.</param>
    /// <param name="hotplugged">False for a device that was there from the start: nothing is reported.</param>
    public void AnnounceSubchannel(HostSubchannel sch, bool hotplugged)
    {
        ArgumentNullException.ThrowIfNull(sch);
        GenerateSubchannelCrws(sch, hotplugged, added: true);
    }

    /// <summary>Models css_reset_sch(): resets a subchannel with its device.</summary>
    public void ResetSubchannel(HostSubchannel sch)
    {
        ArgumentNullException.ThrowIfNull(sch);
        using var _ = world.Enter("css_reset_sch");
        ref var status = ref sch.Status;
        if (status.Pmcw.IsEnabled) sch.Device?.Disabled(sch);
        ref var pmcw = ref status.Pmcw;
        pmcw.InterruptionParameter = 0;
        pmcw.Flags = (pmcw.Flags & ~(PmcwFlags.Modifiable | PmcwFlags.Timing)) | PmcwFlags.DeviceNumberValid;
        pmcw.DeviceNumber = sch.Devno;
        pmcw.Lpm = pmcw.Pim = pmcw.Pam = OnlyPath;
        pmcw.Pnom = pmcw.Lpum = 0;
        pmcw.Mbi = 0;
        pmcw.Pom = 0xff;
        pmcw.Characteristics &= PmcwCharacteristics.TypeMask;
        status.Scsw = default;
        status.Mba = 0;
        sch.ChannelProgram = 0;
        sch.LastCommandValid = false;
        sch.IsThinint = false;
    }

    /// <summary>Models css_subch_assign(): enters a subchannel into the set, or takes it out.</summary>
    private void Assign(HostSubchannel sch, bool here)
    {
        using var _ = world.Enter("css_subch_assign");
        world.Trace.Add(TraceKind.Assign, $"{(here ? "assign" : "deassign")} {sch.HostId} (devno 0x{sch.Devno:x4})");
        if (!here && Variant.HasHostDefect && world.Scheduler.IsRaised(InterruptClass.Io, InterruptKey(sch)))
            world.Fail(ViolationKind.Protocol, $"an interrupt of {sch.HostId} stays pending when it is removed", "struct SubchDev");
        sets[sch.Ssid].Assign(sch.Schid, here ? sch : null);
        sch.IsAssigned = here;
    }

    /// <summary>Models css_sch_build_virtual_schib(): a subchannel with the only path there is, whose channel path comes with it.</summary>
    private void BuildSchib(HostSubchannel sch)
    {
        using var _ = world.Enter("css_sch_build_virtual_schib");
        ref var status = ref sch.Status;
        status = default;
        status.Pmcw.Flags = PmcwFlags.DeviceNumberValid;
        status.Pmcw.DeviceNumber = sch.Devno;
        status.Pmcw.Pim = status.Pmcw.Pam = OnlyPath;
        status.Pmcw.Pom = 0xff;
        const byte Chpid = 0;
        if (channelPathTypes[Chpid] is not null) return;
        channelPathTypes[Chpid] = VirtioChannelPathType;
        world.Trace.Add(TraceKind.Assign, $"add chpid {DefaultCssid:x}.{Chpid:x2} (type 0x{VirtioChannelPathType:x2})");
    }

    [Uncounted]
    private HostSubchannel Rent()
    {
        // Never reused within an execution: what still refers to an unplugged subchannel must not meet a new one.
        if (pooled == pool.Count) pool.Add(new HostSubchannel(memory));
        var sch = pool[pooled++];
        sch.Clear();
        return sch;
    }
}
