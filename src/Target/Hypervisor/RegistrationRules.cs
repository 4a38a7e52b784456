using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>What a driver has told a device since the last reset, kept apart from what the device believes (I26, I47, I48).</summary>
/// <remarks>
/// A reset takes all indicators back, and disabling the subchannel takes the revision back. It is a protocol violation if the device
/// refuses a registration because of one that was taken back, or accepts one although there is one already. The rules are checked only
/// if a past defect of the host is switched on.
/// </remarks>
/// <param name="device">The device.</param>
/// <param name="host">Its machine.</param>
internal sealed class RegistrationRules(VirtioCcwHostDevice device, QemuHost host)
{
    private bool hasRevision;
    private bool hasClassic;
    private bool hasAdapter;
    private bool hasConfig;

    private bool IsNew => host.Version == HostVersion.Qnew;

    /// <summary>The device starts anew, with the machine.</summary>
    public void Reset()
    {
        hasRevision = false;
        Forget();
    }

    /// <summary>The machine was reset, and with it the device.</summary>
    public void SystemReset()
    {
        Reset();
        if (device.Subchannel is { Status.Scsw.IsStatusPending: true })
            device.World.Fail(ViolationKind.Protocol, "a reset leaves status pending", "struct SubchDev");
        if (device.Indicators is null && device.ConfigIndicators is null && device.SummaryIndicator is null) return;
        device.World.Fail(ViolationKind.Protocol, "a reset leaves indicators registered", "struct VirtioCcwDevice");
    }

    /// <summary>The subchannel was disabled.</summary>
    public void Disabled() => hasRevision = false;

    /// <summary>A command ended; -ENOSYS is its rejection.</summary>
    public void Ended(byte command, int result)
    {
        var isAccepted = result == 0;
        var isRejected = result == -Errno.ENOSYS;
        switch (command)
        {
            case VirtioCcwCommand.SetVirtioRev:
                if (isRejected && !hasRevision && device.Revision >= 0) Fail("SET_VIRTIO_REV is rejected", "no revision is set");
                hasRevision |= isAccepted;
                return;
            case VirtioCcwCommand.SetInd:
                Look("SET_IND", isAccepted, isRejected, hasClassic, isBarred: hasAdapter, device.Indicators is not null);
                hasClassic |= isAccepted;
                break;
            case VirtioCcwCommand.SetIndAdapter:
                var isBarred = hasClassic || device.HasRefusedSubclass;
                Look("SET_IND_ADAPTER", isAccepted, isRejected, hasAdapter, isBarred, device.Indicators is not null);
                hasAdapter |= isAccepted;
                break;
            case VirtioCcwCommand.SetConfInd:
                Look("SET_CONF_IND", isAccepted, isRejected, hasConfig, isBarred: false, device.ConfigIndicators is not null);
                hasConfig |= isAccepted;
                break;
            case VirtioCcwCommand.VdevReset:
            case VirtioCcwCommand.WriteStatus when device.Virtio.Status == VirtioStatus.None:
                if (isAccepted) Forget();
                break;
        }
        hasRevision = true;
    }

    /// <summary>Looks at the answer to a registration.</summary>
    /// <param name="command">Which one.</param>
    /// <param name="isAccepted">The device took it.</param>
    /// <param name="isRejected">The device rejected it.</param>
    /// <param name="hasLike">The driver registered the same before; a new host has to reject the second.</param>
    /// <param name="isBarred">The driver did something else because of which any host may reject it.</param>
    /// <param name="isOldThere">The device believes that something is registered.</param>
    private void Look(string command, bool isAccepted, bool isRejected, bool hasLike, bool isBarred, bool isOldThere)
    {
        if (isRejected && isOldThere && !isBarred && !(hasLike && IsNew)) Fail($"{command} is rejected", "nothing is registered");
        if (isAccepted && hasLike && device.Has(Defects.IndicatorsSetAgain)) Fail($"{command} is accepted", "it is registered already");
    }

    private void Forget() => hasClassic = hasAdapter = hasConfig = false;

    private void Fail(string what, string though) =>
        device.World.Fail(ViolationKind.Protocol, $"{what} though {though}", "struct VirtioCcwDevice", what);
}
