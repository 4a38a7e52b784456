using CcwFuzz.Target.Devices;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>A guest with the virtio bus, its drivers, and a fake transport for each device.</summary>
/// <remarks>All guests have the same world and memory, made new for each: a guest is of no use any more when there is another.</remarks>
internal sealed class VirtioGuest
{
    public const string BusId = "0.0.1234";
    private static readonly World Shared = new();
    private static readonly GuestMemory Memory = new(Shared);

    public VirtioGuest(IScheduleStrategy? strategy = null)
    {
        World.Scheduler.Strategy = strategy ?? RunToCompletion.Instance;
        World.Reset();
        Memory.Reset();
        Kernel = new GuestKernel(World, Memory, null!, VariantCatalogue.Default);
        Virtio = new VirtioCore(Kernel);
        Drivers = DeviceCatalogue.RegisterDrivers(Virtio);
        World.Scheduler.SetVector(InterruptClass.Adapter, interrupt => HandleInterrupt(interrupt.Key));
    }

    public World World => Shared;

    public GuestKernel Kernel { get; }

    public VirtioCore Virtio { get; }

    public DriverContext Drivers { get; }

    public FakeTransport Transport { get; private set; } = null!;

    public Ptr<VirtioDevice> Device { get; private set; }

    public FakeDevice Raw { get; private set; } = null!;

    public bool IsClean => Kernel.Heap.Live.Count == 0 && Kernel.Memory.LiveBlocks == 0;

    public string Leftovers => string.Join(", ", Kernel.Heap.Live.Select(o => o.TypeName).Concat(Kernel.Memory.LiveBlockNames));

    /// <summary>Contexts that wait, and are not servers without work.</summary>
    public List<Context> Stuck =>
        [.. World.Scheduler.Contexts.Where(c => c.State is ContextState.Sleeping or ContextState.Spinning && !c.IsIdle)];

    /// <summary>Registers a device; the result is that of register_virtio_device().</summary>
    public int Plug(FakeBackend backend, Action<FakeTransport>? prepare = null)
    {
        var result = -1;
        StartPlug(backend, prepare, r => result = r);
        World.Scheduler.Run();
        return result;
    }

    public void StartPlug(FakeBackend backend, Action<FakeTransport>? prepare, Action<int> done)
    {
        Transport = new FakeTransport(Kernel, Virtio, backend, BusId);
        prepare?.Invoke(Transport);
        Raw = new FakeDevice(Kernel) { Config = Transport, Id = new VirtioDeviceId(backend.DeviceId, 0x3832) };
        var device = Kernel.Heap.Allocate(Raw).As<VirtioDevice>();
        Raw.Self = Device = device;
        Spawn(async () => done(await Virtio.RegisterVirtioDevice(device)));
    }

    /// <summary>Unregisters the device, as far as it gets.</summary>
    public void Unplug()
    {
        var device = Device;
        Run(() => Virtio.UnregisterVirtioDevice(device));
    }

    public void Spawn(Func<SimTask> entry) => World.Scheduler.Spawn(ContextKind.Task, "test", entry);

    public void Run(Func<SimTask> entry)
    {
        Spawn(entry);
        World.Scheduler.Run();
    }

    public T Get<T>(Func<SimTask<T>> entry)
    {
        var result = default(T);
        Run(async () => result = await entry());
        return result!;
    }

    public OpenFile? Open() => Get(() => Drivers.Nodes.Open(BusId));

    public void Unbind() => Get(() => Kernel.Core.Binding.Unbind(Device.As<Device>(), Device.Read().Driver!.Name));

    public void Bind() => Get(() => Kernel.Core.Binding.Rescan(Device.As<Device>()));

    /// <summary>The device vanishes as virtio-ccw does it: its queues are broken before it is unregistered.</summary>
    public void Lose()
    {
        Transport.IsLost = true;
        Run(() => Virtio.BreakDevice(Device));
    }

    /// <summary>Runs, and lets time pass until no timer is left.</summary>
    public void Settle()
    {
        World.Scheduler.Run();
        while (World.Scheduler.AdvanceToNextTimer()) World.Scheduler.Run();
    }

    private async SimTask HandleInterrupt(uint vq) => await Virtio.Ring.VringInterrupt(Kernel.Heap.At<Virtqueue>(vq));
}
