using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I41: when everything came to rest, the guest shows the devices that the host has, and nothing that it shall ignore.</summary>
/// <remarks>Looked at while the devices are still there, and said only if nothing worse is found when they are gone.</remarks>
internal sealed class LostDeviceCheck : IRestCheck
{
    private const byte OnlyChannelPath = 0;
    private Violation? found;

    /// <summary>Compares the two sides.</summary>
    /// <param name="cio">The guest's side.</param>
    /// <param name="plugged">The host's devices; null where there is none.</param>
    /// <param name="wasShort">Memory was short: the guest may have given a device up.</param>
    public void Note(CioSubsystem cio, IReadOnlyList<VirtioCcwHostDevice?> plugged, bool wasShort)
    {
        found = null;
        if (wasShort) return;
        foreach (var device in plugged)
            if (device is { IsPlugged: true }) found ??= Compare(cio, device);
    }

    /// <inheritdoc/>
    public Violation? Look(Kernel kernel) => found;

    private static Violation? Compare(CioSubsystem cio, VirtioCcwHostDevice device)
    {
        var sch = cio.PeekSubchannel(device.Id);
        var cdev = sch is null || sch.IoPrivate.IsNull ? null : sch.IoPrivate.Read().Cdev.Target;
        if (cio.Blacklist.Contains(device.Id.Ssid, device.Devno))
        {
            return sch is null || cdev is not null || !cio.Blacklist.WasPurged(device.Id) ? null
                : Lost($"subchannel {sch.Name} stays, though its device is ignored and was purged", sch.TypeName);
        }
        if (sch is null) return Lost($"the subchannel of device {device.Devno:x4} is not registered", "struct subchannel");
        if (cio.ChannelPaths.IsOnline(OnlyChannelPath) is false || cdev is { IsRegistered: true }) return null;
        return Lost($"device {device.Devno:x4} is not registered, though subchannel {sch.Name} is", "struct ccw_device");
    }

    private static Violation Lost(string message, string type) => new()
    {
        Kind = ViolationKind.LostDevice,
        Message = message,
        ObjectType = type,
    };
}
