using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>A stack with one disk online, to be tampered with.</summary>
internal sealed class OnlineStack
{
    public OnlineStack(DeviceType type = DeviceType.Blk, string host = "bql")
    {
        DeadMemory.CollectSometimes();
        World.Reset();
        Stack = new DeviceStack(World, VariantCatalogue.Resolve(host: host));
        Stack.Boot();
        Device = Stack.Host.Plug(type, 0x1234)!;
        World.Scheduler.Run();
        Stack.Invariants.LookWhenSettled();
        if (World.Noted is { } noted) throw new InvalidOperationException(noted.Message);
    }

    public World World { get; } = new();

    public DeviceStack Stack { get; }

    public VirtioCcwHostDevice Device { get; }

    public CcwDevice Cdev => Stack.Cio.PeekDevice("0.0.1234").Target!;

    public CcwDevicePrivate Private => Cdev.Private.Target!;

    public Subchannel Sch => Cdev.Sch.Target!;

    public VirtioCcwDevice Vcdev => Cdev.DriverData.As<VirtioCcwDevice>().Target!;

    /// <summary>Looks at the state, and says what was noted.</summary>
    public Violation? Look()
    {
        Stack.Invariants.LookWhenQuiet();
        return World.Noted;
    }

    /// <summary>Looks as at the end of a campaign's operations.</summary>
    public Violation? LookSettled()
    {
        Stack.Invariants.LookWhenSettled();
        return World.Noted;
    }

    /// <summary>Runs something as a task of the guest.</summary>
    public void Run(Func<SimTask> task)
    {
        World.Scheduler.Spawn(ContextKind.Task, "task", task, first: true);
        World.Scheduler.Run();
    }
}
