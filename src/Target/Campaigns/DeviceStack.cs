using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Checks;
using CcwFuzz.Target.Devices;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Drivers.Keeper;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Campaigns;

/// <summary>The whole stack under test, from the hypervisor's devices to the guest's disks.</summary>
/// <remarks>The hypervisor and its memory are reused from execution to execution; the guest is booted anew each time.</remarks>
public sealed class DeviceStack
{
    // All but the first: nobody in Linux registers interruption subclass 0 (isc.h).
    private const byte LinuxSubclasses = 0x7f;
    private readonly Variant variant;

    /// <summary>Builds the machine; <see cref="Boot"/> starts the guest.</summary>
    public DeviceStack(World world, Variant variant)
    {
        this.variant = variant;
        World = world;
        Memory = new GuestMemory(world);
        Channel = new ChannelSubsystem(world, Memory);
        Host = new QemuHost(world, Channel, DeviceCatalogue.HostFactory(world, Memory));
        Invariants = new Invariants(world, Channel, Host);
        Kernel = null!;
        Cio = null!;
        Virtio = null!;
        VirtioCcw = null!;
        Nodes = null!;
        Keeper = null!;
        world.Scheduler.HeldBack = ReleaseWhatIsHeldBack;
    }

    /// <summary>What is run.</summary>
    public Variant Variant => variant;

    /// <summary>Scheduler, trace, features.</summary>
    public World World { get; }

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The channel subsystem.</summary>
    public ChannelSubsystem Channel { get; }

    /// <summary>The hypervisor.</summary>
    public QemuHost Host { get; }

    /// <summary>The checks that look at it.</summary>
    public Invariants Invariants { get; }

    /// <summary>The guest kernel.</summary>
    public GuestKernel Kernel { get; private set; }

    /// <summary>Its common I/O layer.</summary>
    public CioSubsystem Cio { get; private set; }

    /// <summary>Its virtio core.</summary>
    public VirtioCore Virtio { get; private set; }

    /// <summary>Its virtio-ccw transport.</summary>
    public VirtioCcwTransport VirtioCcw { get; private set; }

    /// <summary>Its device nodes.</summary>
    public DeviceNodes Nodes { get; private set; }

    /// <summary>The guest's other ccw driver.</summary>
    public KeeperDriver Keeper { get; private set; }

    /// <summary>Resets the machine and boots the guest, until nothing happens any more.</summary>
    public void Boot()
    {
        Memory.Reset();
        Channel.Reset();
        Host.Reset();
        Channel.Variant = variant;
        Channel.LimitsPrograms = variant.Has(Remedies.ProgramLimit);
        Host.ResetsDisabled = variant.Has(Remedies.ResetDisabled);
        Host.Version = variant.HostVersion;
        Host.Notification = variant.Notify;
        Channel.IsDeferred = variant.Host == HostModel.Deferred;
        EdgeMap.Reset(); // resetting takes the longer the more the last execution did
        BootGuest();
    }

    /// <summary>Resets the machine, with what is plugged into it, and boots a new guest: no shutdown, nothing given back.</summary>
    /// <remarks>
    /// Devices come to rest while the old guest's memory is still its own (qemu_system_reset); from then on that memory
    /// counts as freed. What they signal meanwhile is lost: the interrupt controller is reset after them. Host
    /// threads go on. Another kernel that this one starts comes the same way: s390_reset_system() resets the
    /// machine by diagnose 0x308 before relocate_kernel() copies.
    /// </remarks>
    public void Reboot()
    {
        Host.SystemReset();
        World.Scheduler.AbandonGuest();
        Memory.Abandon();
        BootGuest();
    }

    /// <summary>What a campaign holds back, and a guest may poll for: it is not the guest's fault that it does not come.</summary>
    private bool ReleaseWhatIsHeldBack()
    {
        if (Host.ReleaseFunctions()) return true;
        if (!Channel.IsMachineCheckLost) return false;
        Channel.RepairMachineCheck();
        return true;
    }

    /// <summary>Boots a guest on the machine as it is, until nothing happens any more.</summary>
    private void BootGuest()
    {
        Channel.EnabledSubclasses = LinuxSubclasses;
        Kernel = new GuestKernel(World, Memory, Channel, variant);
        Invariants.BeginGuest(Kernel);
        Cio = new CioSubsystem(Kernel);
        Virtio = new VirtioCore(Kernel);
        var drivers = DeviceCatalogue.RegisterDrivers(Virtio);
        Nodes = drivers.Nodes;
        VirtioCcw = new VirtioCcwTransport(Kernel, Cio, Virtio);
        Keeper = new KeeperDriver(Kernel, Cio);
        Invariants.Watch(Cio, VirtioCcw, drivers.Disks);
        World.Scheduler.Run();
    }
}
