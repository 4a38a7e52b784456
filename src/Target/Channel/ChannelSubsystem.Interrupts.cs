using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Channel;

/// <content>Interrupts that the host presents.</content>
public sealed partial class ChannelSubsystem
{
    private const int MaxIsc = 7;

    /// <summary>Models css_inject_io_interrupt(): makes an I/O interrupt of a subchannel pending, whatever its status.</summary>
    public void InjectInterrupt(HostSubchannel sch)
    {
        using var _ = world.Enter("css_inject_io_interrupt");
        Raise(sch, "");
    }

    /// <summary>Models css_conditional_io_interrupt(): presents unsolicited status, unless disabled or status is pending already.</summary>
    /// <returns>Whether status became pending now.</returns>
    public bool InjectUnsolicited(HostSubchannel sch)
    {
        using var _ = world.Enter("css_conditional_io_interrupt");
        ref var status = ref sch.Status;
        if (!status.Pmcw.IsEnabled || status.Scsw.IsStatusPending) return false;
        if (IsDeferred && status.Scsw.Functions != 0)
        {
            sch.IsUnsolicitedWithheld = true;
            return false;
        }
        // Device and subchannel status keep what the last program left there.
        status.Scsw.Control = (status.Scsw.Control & ~ScswControl.StatusMask) | ScswControl.Alert | ScswControl.StatusPending;
        Raise(sch, " (unsolicited)");
        return true;
    }

    /// <summary>Models css_adapter_interrupt(): makes the adapter interrupt of a subclass pending; one pending is enough.</summary>
    /// <exception cref="ViolationException">The subclass, which came from the guest unchecked, is not 0 to 7.</exception>
    public void AdapterInterrupt(byte isc)
    {
        using var _ = world.Enter("css_adapter_interrupt");
        if (isc > MaxIsc)
            world.Fail(ViolationKind.HostAssert, $"io_adapters[] is indexed with interruption subclass {isc}", "struct ChannelSubSys");
        world.Trace.Add(TraceKind.Interrupt, $"adapter I/O interrupt (isc 0x{isc:x})");
        if ((EnabledSubclasses & (0x80 >> isc)) == 0 || world.Scheduler.IsRaised(InterruptClass.Adapter, isc)) return;
        world.Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Adapter, Key = isc });
    }

    /// <summary>Key of a subchannel's interrupt: the id word as the guest sees it (css_build_subchannel_id).</summary>
    public uint InterruptKey(HostSubchannel sch)
    {
        ArgumentNullException.ThrowIfNull(sch);
        return sch.GuestId.Word;
    }

    private void Raise(HostSubchannel sch, string remark)
    {
        ref var pmcw = ref sch.Status.Pmcw;
        if ((EnabledSubclasses & (0x80 >> pmcw.Isc)) == 0) return;
        world.Trace.Add(
            TraceKind.Interrupt,
            $"I/O interrupt on sch {sch.HostId} (intparm 0x{pmcw.InterruptionParameter:x8}, isc 0x{pmcw.Isc:x}){remark}");
        world.Scheduler.Raise(new PendingInterrupt
        {
            Class = InterruptClass.Io,
            Key = InterruptKey(sch),
            Parameter = pmcw.InterruptionParameter,
        });
    }

    /// <summary>Takes back what was not delivered yet (css_clear_io_interrupt).</summary>
    private void Withdraw(HostSubchannel sch)
    {
        if (!world.Scheduler.Withdraw(InterruptClass.Io, InterruptKey(sch))) return;
        world.Trace.Add(TraceKind.Interrupt, $"withdrawn: I/O interrupt on sch {sch.HostId}");
    }
}
