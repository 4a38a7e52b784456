using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Remedy PortLocks: whoever uses the queues of a port sees under their locks that it was unplugged.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>Whether the port was unplugged, which takes its queues; asked with the lock of the queue held.</summary>
    private static bool HasLeft(Ptr<Port> port) => port.Read().Portdev.IsNull;

    /// <summary>Who uses the queues under their locks sees that the port was unplugged, or is waited for.</summary>
    private async SimTask LeavePort(Ptr<Port> port)
    {
        await port.Read().InbufLock.LockIrqSave();
        await port.Read().OutvqLock.LockIrqSave();
        DiscardPortData(port); // a reader may have taken a buffer since remove_port_data()
        port.Write().Portdev = Ptr<PortsDevice>.Null;
        port.Write().GuestConnected = port.Write().HostConnected = false; // somebody may have opened it meanwhile
        port.Read().Waiting.WakeUp();
        port.Read().OutvqLock.Unlock();
        await port.Read().InbufLock.UnlockIrqRestore();
    }

    /// <summary>The part of send_control_msg() that looks whether the port was unplugged, and sends if it was not.</summary>
    private async SimTask SendControlMessageLocked(Ptr<Port> port, ControlEvent what, ushort value)
    {
        await port.Read().OutvqLock.LockIrqSave();
        var portdev = port.Read().Portdev;
        if (!portdev.IsNull) await SendControlMessage(portdev, port.Read().Id, what, value);
        await port.Read().OutvqLock.UnlockIrqRestore();
    }
}
