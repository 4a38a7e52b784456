namespace CcwFuzz.Target.Hypervisor.Devices.Serial;

/// <summary>A port with its character device (VirtIOSerialPort, virtio-serial.h, and VirtConsole, hw/char/virtio-console.c).</summary>
/// <param name="id">Its number on the adapter.</param>
/// <param name="isConsole">A virtconsole: the guest hooks it up to hvc.</param>
/// <param name="input">Its queue to the guest.</param>
/// <param name="output">Its queue from the guest.</param>
public sealed class HostSerialPort(int id, bool isConsole, HostVirtqueue input, HostVirtqueue output)
{
    /// <summary>Its number on the adapter.</summary>
    public int Id => id;

    /// <summary>Whether the guest hooks it up to hvc.</summary>
    public bool IsConsole => isConsole;

    /// <summary>Whether somebody in the guest has it open.</summary>
    public bool GuestConnected { get; internal set; }

    /// <summary>Whether its peer is there.</summary>
    public bool HostConnected { get; internal set; }

    /// <summary>The peer takes nothing for now.</summary>
    public bool IsThrottled { get; internal set; }

    /// <summary>Bytes that the peer received.</summary>
    public ulong Received { get; internal set; }

    /// <summary>Bytes that the peer sent, and that the guest has not taken yet.</summary>
    public int Backlog { get; internal set; }

    /// <summary>Bytes that the guest took.</summary>
    public uint Delivered { get; internal set; }

    /// <summary>The queue to the guest (ivq).</summary>
    internal HostVirtqueue Input => input;

    /// <summary>The queue from the guest (ovq).</summary>
    internal HostVirtqueue Output => output;

    /// <summary>A buffer that was taken and that the peer did not take whole (elem).</summary>
    internal VirtqueueElement? Element { get; set; }

    /// <summary>The first of its segments that the peer did not take (iov_idx).</summary>
    internal int Segment { get; set; }

    /// <summary>Waits until the character device can be written to (watch).</summary>
    internal bool HasWatch { get; set; }

    /// <summary>The port is on the adapter; false once it was unplugged.</summary>
    internal bool IsPlugged { get; set; } = true;
}
