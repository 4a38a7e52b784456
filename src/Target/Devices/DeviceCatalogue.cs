using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Hypervisor.Devices.Balloon;
using CcwFuzz.Target.Hypervisor.Devices.Blk;
using CcwFuzz.Target.Hypervisor.Devices.Crypto;
using CcwFuzz.Target.Hypervisor.Devices.Input;
using CcwFuzz.Target.Hypervisor.Devices.Net;
using CcwFuzz.Target.Hypervisor.Devices.Rng;
using CcwFuzz.Target.Hypervisor.Devices.Scsi;
using CcwFuzz.Target.Hypervisor.Devices.Serial;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Drivers.Balloon;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Drivers.Console;
using CcwFuzz.Target.Linux.Drivers.Crypto;
using CcwFuzz.Target.Linux.Drivers.Input;
using CcwFuzz.Target.Linux.Drivers.Net;
using CcwFuzz.Target.Linux.Drivers.Random;
using CcwFuzz.Target.Linux.Drivers.Scsi;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Devices;

/// <summary>The types of devices, one entry each: the one place that a new type is added to.</summary>
/// <remarks>The order is that of <see cref="DeviceType"/>, whose numbers are in the bytes of campaigns.</remarks>
public static class DeviceCatalogue
{
    /// <summary>All of them; the index is the type.</summary>
    public static IReadOnlyList<DeviceEntry> All { get; } =
    [
        new(
            [Uncounted] (world, memory) => new HostRng(world, memory),
            on => new VirtioRngDriver(on.Kernel, on.Virtio, new HwRandom(on.Kernel), on.Nodes))
        {
            Type = DeviceType.Rng, Name = "rng", Meaning = "entropy source",
            QemuName = "virtio-rng-ccw", Queues = "input 8", Node = "/dev/hwrng",
        },
        new(
            [Uncounted] (world, memory) => new HostBlk(world, memory),
            on => new VirtioBlkDriver(on.Kernel, on.Virtio, on.Disks))
        {
            Type = DeviceType.Blk, Name = "blk", Meaning = "disk",
            QemuName = "virtio-blk-ccw", Queues = "req.0 256", Node = "/dev/vdX", BackEnd = RealBackEnd.Drive,
        },
        new(
            [Uncounted] (world, memory) => new HostScsi(world, memory),
            on => new VirtioScsiDriver(on.Kernel, on.Virtio, new ScsiMidlayer(on.Kernel, on.Disks), on.Disks.BlkMq))
        {
            Type = DeviceType.Scsi, Name = "scsi", Meaning = "SCSI host adapter with one disk",
            QemuName = "virtio-scsi-ccw", Queues = "control 256, event 256, request 256", Node = "/dev/sdX",
            BackEnd = RealBackEnd.ScsiDisk,
        },
        new(
            [Uncounted] (world, memory) => new HostNet(world, memory),
            on => new VirtioNetDriver(on.Kernel, on.Virtio, new NetCore(on.Kernel, on.Nodes)))
        {
            Type = DeviceType.Net, Name = "net", Meaning = "network interface",
            QemuName = "virtio-net-ccw", Queues = "input.0 256, output.0 256, control 64", Node = "a packet socket on ethN",
            BackEnd = RealBackEnd.Network,
        },
        new(
            [Uncounted] (world, memory) => new HostSerial(world, memory),
            on => new VirtioConsoleDriver(on.Kernel, on.Virtio, on.Nodes, new HvcConsole(on.Kernel, on.Nodes)))
        {
            Type = DeviceType.Serial, Name = "serial", Meaning = "serial adapter, whose ports the operation 'port' plugs",
            QemuName = "virtio-serial-ccw", Queues = "control-i 32, control-o 32, input and output of 31 ports 128 each",
            Node = "/dev/vportNpM, /dev/hvcN",
        },
        new(
            [Uncounted] (world, memory) => new HostBalloon(world, memory),
            on => new VirtioBalloonDriver(on.Kernel, on.Virtio))
        {
            Type = DeviceType.Balloon, Name = "balloon", Meaning = "balloon; the host refuses a second one",
            QemuName = "virtio-balloon-ccw", Queues = "inflate 128, deflate 128, stats 128", Node = "",
        },
        new(
            [Uncounted] (world, memory) => new HostCrypto(world, memory),
            on => new VirtioCryptoDriver(on.Kernel, on.Virtio, on.Nodes))
        {
            Type = DeviceType.Crypto, Name = "crypto", Meaning = "crypto device, with a cipher",
            QemuName = "virtio-crypto-ccw", Queues = "dataq.0 1024, controlq 1024", Node = "a socket of the family AF_ALG",
            BackEnd = RealBackEnd.Crypto,
        },
        new(
            [Uncounted] (world, memory) => new HostInput(world, memory),
            on => new VirtioInputDriver(on.Kernel, on.Virtio, new InputCore(on.Kernel, on.Nodes)))
        {
            Type = DeviceType.Input, Name = "input", Meaning = "keyboard",
            QemuName = "virtio-keyboard-ccw", Queues = "events 64, status 64", Node = "/dev/input/eventN",
        },
    ];

    /// <summary>The names, in the order of the types.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(e => e.Name)];

    /// <summary>The entry of a type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    [Uncounted]
    public static DeviceEntry Of(DeviceType type) => (uint)type < (uint)All.Count
        ? All[(int)type]
        : throw new ArgumentOutOfRangeException(nameof(type), type, "no such type of device");

    /// <summary>What makes devices of each type for one machine.</summary>
    public static Func<DeviceType, VirtioHostDevice> HostFactory(World world, GuestMemory memory) =>
        [Uncounted] (type) => Of(type).CreateHost(world, memory);

    /// <summary>Registers the driver of each type with the virtio bus, as a kernel does that has them all built in.</summary>
    /// <returns>What the drivers share.</returns>
    public static DriverContext RegisterDrivers(VirtioCore virtio)
    {
        var context = new DriverContext(virtio);
        foreach (var entry in All) virtio.RegisterDriver(entry.CreateDriver(context));
        return context;
    }
}
