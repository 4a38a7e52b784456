using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Checks;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.DriverCore;

public sealed class DeviceCoreTests
{
    private readonly World world = new();
    private readonly CheckedHeap heap;
    private readonly DeviceCore core;

    public DeviceCoreTests()
    {
        world.Reset();
        heap = new CheckedHeap(world);
        core = new DeviceCore(world);
    }

    [Fact]
    public void The_last_reference_releases_once()
    {
        var device = Create("a");
        core.Get(device.As<Device>());
        Do(() => core.Put(device.As<Device>()));
        Assert.False(device.IsDangling);
        Do(() => core.Put(device.As<Device>()));
        Assert.True(device.IsDangling);
        Assert.Empty(heap.Live);
    }

    [Fact]
    public void A_reference_on_a_dying_device_is_a_violation()
    {
        var device = Create("a");
        device.Write().OnRelease = () => core.Get(device.As<Device>());
        Assert.Equal(ViolationKind.RefCount, Violates(() => core.Put(device.As<Device>())).Kind);
    }

    [Fact]
    [Fires(3)]
    public void One_reference_too_many_dropped_is_a_violation()
    {
        var device = Create("a");
        device.Write().KeepMemory = true;
        Do(() => core.Put(device.As<Device>()));
        Assert.Equal(ViolationKind.RefCount, Violates(() => core.Put(device.As<Device>())).Kind);
    }

    [Fact]
    public void Dropping_a_reference_of_a_freed_device_is_a_use_after_free()
    {
        var device = Create("a");
        Do(() => core.Put(device.As<Device>()));
        Assert.Equal(ViolationKind.UseAfterFree, Violates(() => core.Put(device.As<Device>())).Kind);
    }

    [Fact]
    public void Adding_holds_the_parent_until_the_end_of_delete()
    {
        var parent = Create("parent");
        var child = Create("child");
        child.Write().Parent = parent.As<Device>();
        Do(Add);
        Assert.Equal(2, parent.Read().RefCount);
        Assert.True(child.Read().IsRegistered);
        Do(() => core.Unregister(child.As<Device>()));
        Assert.Equal(1, parent.Read().RefCount);
        Assert.True(child.IsDangling);

        async SimTask Add() => Assert.Equal(0, await core.Add(child.As<Device>()));
    }

    [Fact]
    public void Delete_waits_for_who_reads_an_attribute()
    {
        var device = Create("a");
        Do(Add);
        Assert.True(core.EnterSysfs(device.As<Device>()));
        world.Scheduler.Spawn(ContextKind.Task, "deleter", () => core.Delete(device.As<Device>()));
        world.Scheduler.Run();
        Assert.True(device.Read().IsRegistered);
        Assert.False(core.EnterSysfs(device.As<Device>()));
        core.LeaveSysfs(device.As<Device>());
        world.Scheduler.Run();
        Assert.False(device.Read().IsRegistered);

        async SimTask Add() => await core.Add(device.As<Device>());
    }

    private Ptr<Thing> Create(string name)
    {
        var device = heap.Allocate(new Thing(world) { Name = name });
        core.Initialize(device.As<Device>());
        return device;
    }

    private void Do(Func<SimTask> what)
    {
        world.Scheduler.Spawn(ContextKind.Task, "test", what);
        Assert.Equal(RunEnd.Quiet, world.Scheduler.Run());
        Assert.Empty(world.Scheduler.Contexts);
    }

    private Violation Violates(Func<SimTask> what)
    {
        world.Scheduler.Spawn(ContextKind.Task, "test", what);
        return Assert.Throws<ViolationException>(() => world.Scheduler.Run()).Violation;
    }

    private sealed class Thing(World world) : Device(world)
    {
        public override string TypeName => "struct thing";

        public Action? OnRelease { get; set; }

        public bool KeepMemory { get; set; }

        public override SimTask Release()
        {
            OnRelease?.Invoke();
            if (!KeepMemory) Heap.Free(new Ptr<Thing>(this));
            return SimTask.Done;
        }
    }
}
