using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>All checks of one stack (device-stack.md section 8; <see cref="InvariantCatalogue"/> has the list).</summary>
/// <remarks>
/// What a check finds is noted in the world, and the execution goes on: the use after free, hang or leak that may come of it is
/// the better finding. It counts if nothing else is found. What memory, locks and the scheduler find ends the execution at once.
/// </remarks>
/// <param name="world">Where it lives.</param>
/// <param name="channel">The host's channel subsystem.</param>
/// <param name="host">The hypervisor.</param>
public sealed class Invariants(World world, ChannelSubsystem channel, QemuHost host)
{
    private readonly StackView stack = new(world, channel, host);
    private readonly IStateCheck[] whenQuiet =
    [
        new DrvdataCheck(), new PoolReferenceCheck(), new OnlineReferenceCheck(), new TodoCheck(), new ParentageCheck(),
        new AirqPointerCheck(), new StatusPendingCheck(), new IndicatorReferenceCheck(),
    ];

    private readonly IStateCheck[] whenSettled =
    [
        new LostDeviceCheck(), new ConfigChangeCheck(), new QueueInterruptCheck(), new DanglingParmsCheck(), new RecognitionCountCheck(),
    ];

    private readonly IRestCheck[] atRest = [new HangCheck(), new LeakCheck()];
    private CrwCheck crws = new(world);

    /// <summary>Whether anything but hangs and leaks is looked at: for measuring what that costs.</summary>
    public bool AreOn { get; set; } = true;

    /// <summary>A new guest begins to boot.</summary>
    public void BeginGuest(GuestKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        stack.Kernel = kernel;
        crws = new CrwCheck(world);
        channel.Watch = AreOn ? new HostWatch(crws, kernel.Memory) : null;
    }

    /// <summary>The parts of the new guest, which has not run yet.</summary>
    public void Watch(CioSubsystem cio, VirtioCcwTransport transport, Genhd disks)
    {
        ArgumentNullException.ThrowIfNull(cio);
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(disks);
        stack.Cio = cio;
        stack.VirtioCcw = transport;
        if (!AreOn) return;
        var watch = new GuestWatch(stack, stack.Kernel);
        cio.Watch = watch;
        transport.Watch = watch;
        transport.Virtio.Watch = watch;
        disks.Watch = watch;
    }

    /// <summary>Nothing can run after an operation.</summary>
    public void LookWhenQuiet()
    {
        if (!AreOn) return;
        stack.Gather();
        foreach (var check in whenQuiet) check.Look(stack);
        crws.Look(stack);
    }

    /// <summary>The campaign's operations are over and have settled; the devices are still there.</summary>
    public void LookWhenSettled()
    {
        if (!AreOn) return;
        LookWhenQuiet();
        foreach (var check in whenSettled) check.Look(stack);
    }

    /// <summary>All devices are gone and all time has passed.</summary>
    /// <returns>What is wrong, or null.</returns>
    public Violation? LookAtRest()
    {
        LookWhenQuiet();
        foreach (var check in atRest)
            if (check.Look(stack.Kernel) is { } violation) return violation;
        return world.Noted;
    }
}
