using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Channel;

/// <content>Functions that are performed some time after their instruction (z/Architecture, chapters 14 and 15).</content>
/// <remarks>
/// A function that was accepted is pending until a host context takes it up. A start function is initiated first (the
/// subchannel is active: no longer to be cancelled, but to be halted) and executed later; the channel program is fetched
/// then, so the guest's CCWs must still be there. A subchannel that vanishes before never presents status. A device that is
/// busy with a function presents unsolicited status only when the guest has collected that function's status.
/// </remarks>
public sealed partial class ChannelSubsystem
{
    private const ScswControl ActiveMask = ScswControl.SubchannelActive | ScswControl.DeviceActive;

    /// <summary>Keeps the functions of a subchannel pending until <see cref="ReleaseFunctions"/>; without effect unless deferred.</summary>
    public void HoldFunctions(HostSubchannel sch)
    {
        ArgumentNullException.ThrowIfNull(sch);
        sch.IsHeld = IsDeferred;
        sch.WasHeld |= IsDeferred;
    }

    /// <summary>Lets the functions of a subchannel be performed again, those first that are pending.</summary>
    /// <returns>Whether one was held back.</returns>
    public bool ReleaseFunctions(HostSubchannel sch)
    {
        ArgumentNullException.ThrowIfNull(sch);
        if (!sch.IsHeld) return false;
        sch.IsHeld = false;
        if (!sch.IsAssigned || sch.Status.Scsw.Functions == 0 || sch.Status.Scsw.IsStatusPending) return false;
        Defer(sch);
        return true;
    }

    private static void ForgetOldStatus(ref Scsw scsw)
    {
        scsw.Flags &= ~(ScswFlags.DeferredCcMask | ScswFlags.Format); // QEMU never clears them
        scsw.DeviceStatus = DeviceStatus.None;
        scsw.SubchannelStatus = SubchannelStatus.None;
    }

    private void Defer(HostSubchannel sch)
    {
        if (sch.IsWorkQueued || sch.IsHeld) return;
        sch.IsWorkQueued = true;
        world.Scheduler.Spawn(ContextKind.Host, "host/css", sch.PerformLater ??= () => PerformLater(sch));
    }

    /// <summary>
    /// Models do_subchannel_work(): takes up what is pending now: it may be another function than the one that was accepted first, or
    /// none.
    /// </summary>
    private async SimTask PerformLater(HostSubchannel sch)
    {
        using var _ = world.Enter("do_subchannel_work");
        if (IsToBePerformed(sch) && sch.Status.Scsw.Functions == ScswControl.Start && (sch.Orb.Lpm & OnlyPath) != 0)
        {
            Initiate(sch);
            await world.Scheduler.Point;
        }
        sch.IsWorkQueued = false;
        // Unplugged, cancelled, reset or held back meanwhile.
        if (!IsToBePerformed(sch)) return;
        if (sch.Status.Scsw.Functions == ScswControl.Start) Watch?.Fetching(sch);
        Perform(sch);
        sch.Status.Scsw.Control &= ~ActiveMask;
    }

    private static bool IsToBePerformed(HostSubchannel sch) =>
        sch.IsAssigned && !sch.IsHeld && sch.Status.Scsw.Functions != 0 && !sch.Status.Scsw.IsStatusPending;

    private void Initiate(HostSubchannel sch)
    {
        ref var scsw = ref sch.Status.Scsw;
        scsw.Control = (scsw.Control & ~ScswControl.StartPending) | ActiveMask;
        world.Trace.Add(TraceKind.State, $"sch {sch.HostId}: the start function is initiated");
    }

    /// <summary>Presents unsolicited status that waited for the end of a function.</summary>
    private void PresentWithheld(HostSubchannel sch)
    {
        if (!sch.IsUnsolicitedWithheld || sch.Status.Scsw.Functions != 0) return;
        sch.IsUnsolicitedWithheld = false;
        InjectUnsolicited(sch);
    }
}
