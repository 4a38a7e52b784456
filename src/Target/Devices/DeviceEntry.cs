using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Devices;

/// <summary>What a real QEMU needs behind a device before it can be plugged.</summary>
public enum RealBackEnd
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>A block node, which the device names as its drive.</summary>
    Drive,
    /// <summary>A block node, for a disk that is plugged into the adapter.</summary>
    ScsiDisk,
    /// <summary>A network back end.</summary>
    Network,
    /// <summary>A crypto back end.</summary>
    Crypto,
}

/// <summary>All there is to know about one type of device: what the host plugs, and what drives it in the guest.</summary>
public sealed record DeviceEntry
{
    /// <summary>Describes a type by what makes its two sides.</summary>
    /// <param name="createHost">Makes the host's device with its back end.</param>
    /// <param name="createDriver">Makes the guest's driver with the layers above it that no other driver uses.</param>
    internal DeviceEntry(Func<World, GuestMemory, VirtioHostDevice> createHost, Func<DriverContext, VirtioDriver> createDriver)
    {
        CreateHost = createHost;
        CreateDriver = createDriver;
    }

    /// <summary>Makes the host's device with its back end.</summary>
    internal Func<World, GuestMemory, VirtioHostDevice> CreateHost { get; }

    /// <summary>Makes the guest's driver with the layers above it that no other driver uses.</summary>
    internal Func<DriverContext, VirtioDriver> CreateDriver { get; }

    /// <summary>The type.</summary>
    public required DeviceType Type { get; init; }

    /// <summary>Its name in campaigns and in messages.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public required string Meaning { get; init; }

    /// <summary>QEMU's name of the device, as in device_add.</summary>
    public required string QemuName { get; init; }

    /// <summary>Its queues by their names in the driver, with the size that the host gives them.</summary>
    public required string Queues { get; init; }

    /// <summary>What a process opens in the guest; empty if there is nothing to open.</summary>
    public required string Node { get; init; }

    /// <summary>What a real QEMU needs behind it.</summary>
    public RealBackEnd BackEnd { get; init; }
}
