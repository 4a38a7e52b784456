using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Cio;

/// <summary>Who holds references on an online ccw device in each regime (device-stack.md 1.4).</summary>
public sealed class LifetimeTests
{
    private const ushort Devno = 0x1234;

    [Theory]
    [InlineData("pre-dma", 0)]
    [InlineData("unpinned", 0)]
    [InlineData("mainline", 2)] // the DMA area and the info block of the one queue
    [InlineData("driver-pin", 1)] // what virtio_ccw_online took
    public void An_online_generator_pins_its_device(string variant, int pins)
    {
        var (stack, _) = Online(variant);
        var cdev = stack.Cio.PeekDevice("0.0.1234");
        // device_initialize, online, the virtio device as a child.
        Assert.Equal(3 + pins, cdev.Read().RefCount);
        Assert.Equal(DevState.Online, cdev.Read().Private.Read().State);
    }

    [Theory]
    [InlineData("pre-dma")]
    [InlineData("unpinned")]
    [InlineData("mainline")]
    [InlineData("driver-pin")]
    public void Nothing_is_left_after_an_unplug(string variant)
    {
        var (stack, device) = Online(variant);
        stack.Host.Unplug(device);
        stack.World.Scheduler.Run();
        Assert.True(stack.Cio.PeekDevice("0.0.1234").IsNull);
        Assert.DoesNotContain(stack.Kernel.Heap.Live, o => o is CcwDevice or CcwDevicePrivate);
        Assert.DoesNotContain(stack.Kernel.Heap.Live, o => o.TypeName == "struct virtio_ccw_device");
        Assert.DoesNotContain(stack.Memory.LiveBlockNames, n => n.Contains("vring", StringComparison.Ordinal));
        Assert.DoesNotContain(stack.Memory.LiveBlockNames, n => n.Contains("virtio_ccw", StringComparison.Ordinal));
    }

    private static (DeviceStack Stack, VirtioCcwHostDevice Device) Online(string variant)
    {
        DeadMemory.CollectSometimes();
        var world = new World();
        world.Reset();
        var stack = new DeviceStack(world, VariantCatalogue.Resolve(variant));
        stack.Boot();
        var device = stack.Host.Plug(DeviceType.Rng, Devno)!;
        world.Scheduler.Run();
        return (stack, device);
    }
}
