using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Campaigns;

/// <summary>I41: the guest knows the subchannel of each device that the host has.</summary>
/// <remarks>
/// Looked at when nothing happens any more and devices are still plugged; only for the past defect that ends the guest's look at its
/// subchannels early, and not where allocations fail: Linux gives a subchannel up that it has no memory for.
/// </remarks>
/// <param name="stack">The stack.</param>
internal sealed class LostDeviceCheck(DeviceStack stack)
{
    /// <summary>What is wrong, or null.</summary>
    public Violation? Look(Campaign campaign)
    {
        if (!stack.Variant.Has(Defects.SchidFinal) || campaign.Faults.Count > 0) return null;
        if (stack.Channel.PendingCrws > 0 || stack.Cio.IsEvaluating) return null;
        foreach (var device in stack.Host.Devices)
        {
            if (stack.Cio.IsRegistered(device.Id) || stack.Cio.Blacklist.Contains(device.Id.Ssid, device.Devno)) continue;
            return new Violation
            {
                Kind = ViolationKind.LostDevice,
                ObjectType = "struct subchannel",
                Message = $"{device} is plugged, and the guest has no subchannel {device.Id}",
            };
        }
        return null;
    }
}
