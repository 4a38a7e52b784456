using System.Net.Sockets;
using System.Text;

namespace CcwFuzz.Machine.Tests;

/// <summary>QEMU's stub for debuggers without QEMU: answers packets as the real one does, or as a test says.</summary>
internal sealed class FakeDebugger : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<string, string?> answer;
    private readonly Task serving;

    /// <summary>Listens.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="answer">What goes back for a packet; "" for nothing; null closes; <see cref="Usual"/> is what QEMU does.</param>
    public FakeDebugger(string path, Func<string, string?>? answer = null)
    {
        this.answer = answer ?? Usual;
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        serving = Serve();
    }

    /// <summary>Packets that came, and whatever a test adds.</summary>
    public List<string> Packets { get; } = [];

    /// <summary>What QEMU answers where the guest comes to every breakpoint, in a function that returns to 0xabc.</summary>
    public static string Usual(string packet) => packet[0] switch
    {
        '?' => "+" + Packet("T05thread:01;") + Packet("T05thread:01;"), // both on connecting and on asking
        'c' or 's' => "+" + Packet("T05thread:01;"),
        'g' => "+" + Packet(new string('0', 16 * 16) + "0000000000000abc" + new string('0', 16)),
        _ => "+" + Packet("OK"),
    };

    /// <summary>A packet with its frame.</summary>
    public static string Packet(string content) => $"${content}#{content.Sum(c => c) & 0xff:x2}";

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await serving;
        stop.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var socket = await listener.AcceptAsync(stop.Token);
                await using var stream = new NetworkStream(socket);
                await Serve(stream);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Serve(NetworkStream stream)
    {
        const int Interrupt = 0x03;
        var buffer = new byte[1];
        var packet = new StringBuilder();
        while (await stream.ReadAsync(buffer, stop.Token) == 1)
        {
            if (buffer[0] == Interrupt) packet.Append("$interrupt#");
            else if (buffer[0] != '+') packet.Append((char)buffer[0]);
            if (packet is not ['$', ..] || packet[^1] != '#') continue;
            if (buffer[0] != Interrupt) await stream.ReadExactlyAsync(new byte[2], stop.Token);
            var content = packet.ToString(1, packet.Length - 2);
            packet.Clear();
            lock (Packets) Packets.Add(content);
            if (answer(content) is not { } reply) return;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(reply), stop.Token);
        }
    }
}
