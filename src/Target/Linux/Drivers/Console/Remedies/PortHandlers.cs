using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Remedy PortHandlers: a port does not go while an interrupt handler has it.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>Who found the port before it was taken off the list is done with it.</summary>
    private static async SimTask WaitForHandlers(Ptr<Port> port)
    {
        while (true)
        {
            var ticket = port.Read().NoHandler.Prepare();
            if (port.Read().Handlers == 0) return;
            await port.Read().NoHandler.Sleep(ticket);
        }
    }

    /// <summary>An interrupt handler does not use the port any more.</summary>
    private static void LeaveHandler(Ptr<Port> port)
    {
        if (--port.Write().Handlers == 0) port.Read().NoHandler.WakeUp();
    }
}
