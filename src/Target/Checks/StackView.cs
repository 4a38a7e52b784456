using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>The stack as the checks see it while nothing runs.</summary>
internal sealed class StackView(World world, ChannelSubsystem channel, QemuHost host)
{
    private readonly List<CcwDevice> devices = [];
    private readonly List<Subchannel> subchannels = [];

    /// <summary>Where violations are noted.</summary>
    public World World => world;

    /// <summary>The host's channel subsystem.</summary>
    public ChannelSubsystem Channel => channel;

    /// <summary>The hypervisor.</summary>
    public QemuHost Host => host;

    /// <summary>The guest that runs now.</summary>
    public GuestKernel Kernel { get; set; } = null!;

    /// <summary>Its common I/O layer.</summary>
    public CioSubsystem Cio { get; set; } = null!;

    /// <summary>Its virtio-ccw transport.</summary>
    public VirtioCcwTransport VirtioCcw { get; set; } = null!;

    /// <summary>Its ccw devices, registered or not.</summary>
    public IReadOnlyList<CcwDevice> Devices => devices;

    /// <summary>Its subchannels, without the pseudo subchannel.</summary>
    public IReadOnlyList<Subchannel> Subchannels => subchannels;

    /// <summary>Looks which devices there are now; everything else is looked up when it is asked for.</summary>
    public void Gather()
    {
        devices.Clear();
        subchannels.Clear();
        var live = Kernel.Heap.Live;
        for (var i = 0; i < live.Count; i++)
        {
            if (live[i] is CcwDevice cdev) devices.Add(cdev);
            else if (live[i] is Subchannel sch && sch != Cio.PseudoSubchannel.Target) subchannels.Add(sch);
        }
    }
}
