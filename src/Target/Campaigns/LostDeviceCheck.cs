using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>I41: the guest knows the subchannel of each device that the host has.</summary>
/// <remarks>
/// Looked at when nothing happens any more and devices are still plugged, and only if a past defect of the host is there: then
/// reports reach the guest and evaluations end, except where the campaign prevents it.
/// </remarks>
/// <param name="stack">The stack.</param>
internal sealed class LostDeviceCheck(DeviceStack stack)
{
    /// <summary>What is wrong, or null.</summary>
    public Violation? Look()
    {
        if (!stack.Variant.HasHostDefect || stack.Channel.PendingCrws > 0 || stack.Cio.IsEvaluating) return null;
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
