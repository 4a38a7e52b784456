using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>Remedy ShutSocket: nobody waits to send to a device that goes.</summary>
internal static class ShutSocket
{
    /// <summary>Shuts down the sending side of a socket until it is bound again.</summary>
    public static void Shut(Ptr<PacketSocket> socket)
    {
        socket.Write().IsShut = true;
        socket.Read().Waiting.WakeUp();
    }
}
