using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>Devices of one type, used again in each execution, and never twice within one.</summary>
/// <param name="create">Makes another one.</param>
internal sealed class DevicePool(Func<VirtioCcwHostDevice> create)
{
    private readonly List<VirtioCcwHostDevice> devices = [];
    private int taken;

    /// <summary>The next device that this execution did not use.</summary>
    [Uncounted]
    public VirtioCcwHostDevice Next()
    {
        if (taken == devices.Count) devices.Add(create());
        return devices[taken];
    }

    /// <summary>That device is used from now on.</summary>
    public void Take() => taken++;

    /// <summary>A new execution starts.</summary>
    public void Reset() => taken = 0;
}
