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
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException) when (!limit.IsCancellationRequested)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                if (stop.IsCancellationRequested) stop.ThrowIfCancellationRequested();
                throw Nobody(path);
            }
            try
            {
                await Task.Delay(RetryMilliseconds, limit).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                throw Nobody(path);
            }
        }
    }

    private static MachineException Nobody(string path) =>
        new(MachineFault.QemuDied, $"QEMU does not listen on {Path.GetFileName(path)}");
}
