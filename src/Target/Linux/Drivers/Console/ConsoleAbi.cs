namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>Numbers of the virtio console device (include/uapi/linux/virtio_console.h).</summary>
internal static class ConsoleAbi
{
    internal const uint DeviceId = 3;

    internal const int Size = 0;
    internal const int Multiport = 1;

    /// <summary>Stands for the device where a port's number is expected.</summary>
    internal const uint BadId = ~0u;

    /// <summary>Bytes of a control message: number of the port, event, value (struct virtio_console_control).</summary>
    internal const uint MessageSize = 8;

    /// <summary>The most ports that a device can have.</summary>
    internal const uint MaxPorts = 0x8000;

    /// <summary>The most bytes of one write.</summary>
    internal const int MaxWrite = 32 * 1024;
}

/// <summary>What a control message says (VIRTIO_CONSOLE_*).</summary>
internal enum ControlEvent : ushort
{
    DeviceReady = 0,
    PortAdd = 1,
    PortRemove = 2,
    PortReady = 3,
    ConsolePort = 4,
    Resize = 5,
    PortOpen = 6,
}
