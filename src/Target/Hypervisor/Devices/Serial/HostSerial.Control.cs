using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Serial;

/// <content>Ports coming and going, and the messages on the control queues.</content>
public sealed partial class HostSerial
{
    private const int MessageSize = 8;

    /// <summary>What control messages say (VIRTIO_CONSOLE_*).</summary>
    private enum ControlEvent : ushort
    {
        DeviceReady = 0,
        PortAdd = 1,
        PortRemove = 2,
        PortReady = 3,
        ConsolePort = 4,
        Resize = 5,
        PortOpen = 6,
    }

    /// <inheritdoc/>
    internal override bool Port(SerialPortAction action, int id)
    {
        if (action == SerialPortAction.Add) return Plug(id);
        if (FindPort((uint)id) is not { } port) return false;
        switch (action)
        {
            case SerialPortAction.Remove:
                Unplug(port);
                break;
            case SerialPortAction.Connect:
                Connect(port);
                break;
            case SerialPortAction.Disconnect:
                Disconnect(port);
                break;
            case SerialPortAction.Send:
                Send(port);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(action), action, "nothing that happens to a port");
        }
        return true;
    }

    /// <summary>Models virtser_port_device_plug() with virtser_port_device_realize(): plugs a port; number 0 is for consoles.</summary>
    /// <remarks>Its peer is there already, so the guest hears of that before it hears of the port, and again when it is ready.</remarks>
    private bool Plug(int id)
    {
        using var _ = World.Enter("virtser_port_device_plug");
        if (FindPort((uint)id) is not null || id >= MaxPorts) return false;
        var first = FirstQueueOf(id);
        var port = new HostSerialPort(id, isConsole: id == 0, Queue(first)!, Queue(first + 1)!);
        Connect(port);
        ports.Add(port);
        SendEvent((uint)id, ControlEvent.PortAdd, 1);
        NotifyConfig();
        return true;
    }

    /// <summary>Models virtser_port_device_unrealize() with remove_port(): unplugs a port.</summary>
    private void Unplug(HostSerialPort port)
    {
        using var _ = World.Enter("virtser_port_device_unrealize");
        port.IsPlugged = false;
        DiscardThrottled(port);
        DiscardQueue(port.Output);
        SendEvent((uint)port.Id, ControlEvent.PortRemove, 1);
        ports.Remove(port);
    }

    /// <summary>Models virtio_serial_open(): a peer is there.</summary>
    private void Connect(HostSerialPort port)
    {
        using var _ = World.Enter("virtio_serial_open");
        if (port.HostConnected) return;
        port.HostConnected = true;
        SendEvent((uint)port.Id, ControlEvent.PortOpen, 1);
    }

    /// <summary>Models virtio_serial_close() with chr_event(): the peer went away; a console does not care.</summary>
    private void Disconnect(HostSerialPort port)
    {
        using var _ = World.Enter("virtio_serial_close");
        port.HasWatch = false;
        if (port.IsConsole) return;
        port.HostConnected = port.IsThrottled = false;
        port.Backlog = 0;
        DiscardThrottled(port);
        DiscardQueue(port.Output);
        SendEvent((uint)port.Id, ControlEvent.PortOpen, 0);
    }

    /// <summary>Models send_control_msg(): tells the guest something; it never hears of it if it left no buffer.</summary>
    private void SendEvent(uint id, ControlEvent what, ushort value)
    {
        using var _ = World.Enter("send_control_msg");
        if (Queue(ControlIn) is not { IsReady: true } queue || queue.Pop() is not { } buffer) return;
        World.Trace.Add(TraceKind.State, $"{ContextName} says {what} {value} of port {id}");
        Span<byte> message = stackalloc byte[MessageSize];
        this.Put32(message, id);
        this.Put16(message[4..], (ushort)what);
        this.Put16(message[6..], value);
        buffer.Write(0, message);
        queue.Push(buffer, MessageSize);
        queue.NotifyGuest();
    }

    /// <summary>Models control_out(): reads what the guest says.</summary>
    private void HandleControlQueue(HostVirtqueue queue)
    {
        using var _ = World.Enter("control_out");
        Span<byte> message = stackalloc byte[MessageSize];
        while (queue.Pop() is { } buffer)
        {
            if (buffer.Read(0, message) == MessageSize) HandleControl(message);
            queue.Push(buffer, 0);
        }
        queue.NotifyGuest();
    }

    /// <summary>Models handle_control_message(): does what the guest says about itself or a port.</summary>
    private void HandleControl(ReadOnlySpan<byte> message)
    {
        using var _ = World.Enter("handle_control_message");
        var id = this.Get32(message);
        var what = (ControlEvent)this.Get16(message[4..]);
        var value = this.Get16(message[6..]);
        World.Features.Hit(0x23, (uint)what, value);
        if (what == ControlEvent.DeviceReady)
        {
            if (value == 0) return;
            foreach (var each in ports) SendEvent((uint)each.Id, ControlEvent.PortAdd, 1);
            return;
        }
        if (FindPort(id) is not { } port) return;
        if (what == ControlEvent.PortReady && value != 0)
        {
            if (port.IsConsole) SendEvent(id, ControlEvent.ConsolePort, 1);
            if (port.HostConnected) SendEvent(id, ControlEvent.PortOpen, 1);
        }
        else if (what == ControlEvent.PortOpen)
        {
            port.GuestConnected = value != 0;
            FeedLater();
        }
    }
}
