using System.Net.Sockets;
using System.Text;

namespace CcwFuzz.Machine.Tests;

/// <summary>The other end of a socket: answers each line, or message, as a test says, and may misbehave.</summary>
internal sealed class FakePeer : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource stop = new();
    private readonly Task serving;

    /// <summary>Listens, greets, then answers lines: null closes the connection.</summary>
    public FakePeer(string path, string greeting, Func<string, string?> answer)
    {
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        serving = Serve(greeting, answer);
    }

    /// <summary>Lines that came.</summary>
    public List<string> Lines { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
        stop.Dispose();
    }

    private async Task Serve(string greeting, Func<string, string?> answer)
    {
        try
        {
            using var socket = await listener.AcceptAsync(stop.Token);
            await using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(greeting), stop.Token);
            while (await reader.ReadLineAsync(stop.Token) is { } line)
            {
                Lines.Add(line);
                if (answer(line) is not { } reply) return;
                await stream.WriteAsync(Encoding.UTF8.GetBytes(reply), stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
