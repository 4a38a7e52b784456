using System.Net.Sockets;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Play;

/// <summary>The peer of a serial port: connects to the socket that QEMU serves, sends, and reads whatever comes.</summary>
/// <param name="path">The socket.</param>
internal sealed class SerialPeer(string path) : IDisposable
{
    private const int SendBytes = 64;
    private static readonly byte[] Data = [.. Enumerable.Repeat((byte)'x', SendBytes)];
    private Socket? socket;

    /// <summary>Connects, unless it is connected or the port is gone.</summary>
    /// <param name="time">How long QEMU may take to have room for another connection.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="MachineException">QEMU takes no connection.</exception>
    public async Task Connect(TimeSpan time, CancellationToken stop)
    {
        if (socket is not null) return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        socket = await LocalSocket.TryConnect(path, limit.Token, stop).ConfigureAwait(false);
        if (socket is not null) _ = Drain(socket);
    }

    /// <summary>Sends some bytes, if it is connected; what QEMU does not take is lost.</summary>
    public void Send()
    {
        if (socket is null) return;
        socket.Blocking = false;
        socket.Send(Data, SocketFlags.None, out _);
    }

    /// <summary>Disconnects.</summary>
    public void Dispose()
    {
        socket?.Dispose();
        socket = null;
    }

    private static async Task Drain(Socket from)
    {
        var buffer = new byte[4096];
        try
        {
            while (await from.ReceiveAsync(buffer).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Disconnected.
        }
    }
}
