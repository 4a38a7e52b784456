using System.Net.Sockets;

namespace CcwFuzz.Machine.Io;

/// <summary>Sockets in the file system.</summary>
internal static class LocalSocket
{
    private const int RetryMilliseconds = 10;

    /// <summary>Connects to a socket that may not be there yet.</summary>
    /// <exception cref="MachineException">Nobody listens until <paramref name="limit"/>.</exception>
    public static async Task<NetworkStream> Connect(string path, CancellationToken limit, CancellationToken stop)
    {
        while (true)
        {
            if (await TryConnect(path, limit, stop).ConfigureAwait(false) is { } socket) return new NetworkStream(socket, ownsSocket: true);
            await Pause(path, limit, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Connects to a socket if somebody listens there; waits while the queue of those who want to connect is full.</summary>
    /// <returns>The socket; null if nobody listens.</returns>
    /// <exception cref="MachineException">Nobody takes a connection until <paramref name="limit"/>.</exception>
    public static async Task<Socket?> TryConnect(string path, CancellationToken limit, CancellationToken stop)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                // Not Connect: where the queue is full, that waits without limit.
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                if (e.SocketErrorCode != SocketError.WouldBlock) return null;
            }
            catch
            {
                socket.Dispose();
                stop.ThrowIfCancellationRequested();
                throw Nobody(path);
            }
            await Pause(path, limit, stop).ConfigureAwait(false);
        }
    }

    private static async Task Pause(string path, CancellationToken limit, CancellationToken stop)
    {
        try
        {
            await Task.Delay(RetryMilliseconds, limit).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Nobody(path);
        }
    }

    private static MachineException Nobody(string path) =>
        new(MachineFault.QemuDied, $"QEMU does not listen on {Path.GetFileName(path)}");
}
