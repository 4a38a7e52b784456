using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>The virtio-ccw transport (drivers/s390/virtio/virtio_ccw.c): its parts, and what they share.</summary>
public sealed class VirtioCcwTransport
{
    /// <summary>Models virtio_ccw_init(): registers the driver with the ccw bus.</summary>
    public VirtioCcwTransport(GuestKernel kernel, CioSubsystem cio, VirtioCore virtio)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(cio);
        using var frame = kernel.Enter("virtio_ccw_init");
        Kernel = kernel;
        Cio = cio;
        Virtio = virtio;
        Rules = new DriverRules(kernel);
        Airqs = new AirqAreas(this);
        Io = new VirtioCcwIo(this);
        Indicators = new VirtioCcwIndicators(this);
        Queues = new VirtioCcwQueues(this);
        Config = new VirtioCcwConfig(this);
        Driver = new VirtioCcwDriver(this);
        cio.RegisterDriver(Driver);
    }

    /// <summary>Who observes it, or null.</summary>
    public IVirtioCcwWatch? Watch { get; set; }

    /// <summary>The kernel it is part of.</summary>
    public GuestKernel Kernel { get; }

    /// <summary>The common I/O layer.</summary>
    public CioSubsystem Cio { get; }

    /// <summary>The virtio core.</summary>
    public VirtioCore Virtio { get; }

    /// <summary>The ccw driver.</summary>
    public VirtioCcwDriver Driver { get; }

    /// <summary>Devices that are not modelled take indicator bits, as their virtio_ccw_find_vqs() would.</summary>
    public SimTask Crowd(int bits) => Airqs.Crowd(bits);

    internal DriverRules Rules { get; }

    internal AirqAreas Airqs { get; }

    internal VirtioCcwIo Io { get; }

    internal VirtioCcwIndicators Indicators { get; }

    internal VirtioCcwQueues Queues { get; }

    internal VirtioCcwConfig Config { get; }
}
