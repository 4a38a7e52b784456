using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Qemu;

/// <summary>Stops a guest at a place of its kernel, over QEMU's stub for debuggers (the GDB remote serial protocol).</summary>
/// <remarks>QEMU stops the guest when one connects, and lets it go on when one detaches. Every call ends within its time.</remarks>
public sealed class GdbClient : IAsyncDisposable
{
    private const int RegisterDigits = 16;
    private const int General = 2; // after the two halves of the PSW
    private readonly NetworkStream stream;
    private readonly byte[] buffer = new byte[4096];
    private readonly TimeSpan time;
    private int next;
    private int end;

    private GdbClient(NetworkStream stream, TimeSpan time)
    {
        this.stream = stream;
        this.time = time;
    }

    /// <summary>Connects, which stops the guest.</summary>
    /// <param name="path">The stub's socket.</param>
    /// <param name="time">How long an answer may take.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="MachineException">Nobody listens, or what does is no stub.</exception>
    public static async Task<GdbClient> Connect(string path, TimeSpan time, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        var client = new GdbClient(await LocalSocket.Connect(path, limit.Token, stop).ConfigureAwait(false), time);
        try
        {
            if (IsStop(await client.Ask("?", isOfStop: true, stop).ConfigureAwait(false))) return client;
            throw Broken("it does not say that the guest has stopped");
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Sets or removes a breakpoint. The guest must have stopped.</summary>
    public async Task Break(ulong address, bool isSet, CancellationToken stop)
    {
        const int Length = 2; // the shortest instruction
        var packet = string.Create(CultureInfo.InvariantCulture, $"{(isSet ? 'Z' : 'z')}0,{address:x},{Length}");
        if (await Ask(packet, isOfStop: false, stop).ConfigureAwait(false) != "OK") throw Broken("it takes no breakpoint");
    }

    /// <summary>The address to return to, where a function begins. The guest must have stopped.</summary>
    public async Task<ulong> ReturnAddress(CancellationToken stop)
    {
        var (_, link, _) = await Registers(stop).ConfigureAwait(false);
        return link;
    }

    /// <summary>Where the processor is, where that returns to (r14), and its stack (r15). The guest must have stopped.</summary>
    public async Task<(ulong Address, ulong Link, ulong Stack)> Registers(CancellationToken stop)
    {
        const int Link = General + 14;
        const int Stack = General + 15;
        var all = await Ask("g", isOfStop: false, stop).ConfigureAwait(false);
        return (Register(1), Register(Link), Register(Stack));

        ulong Register(int number) => Number(all, number * RegisterDigits) ?? throw Broken("it does not show the registers");
    }

    /// <summary>Reads eight bytes at an address of the kernel; null if there is nothing. The guest must have stopped.</summary>
    public async Task<ulong?> Read(ulong address, CancellationToken stop)
    {
        var packet = string.Create(CultureInfo.InvariantCulture, $"m{address:x},{sizeof(ulong)}");
        return Number(await Ask(packet, isOfStop: false, stop).ConfigureAwait(false), 0);
    }

    /// <summary>Executes one instruction.</summary>
    public Task Step(CancellationToken stop) => Ask("s", isOfStop: true, stop);

    /// <summary>Lets the guest go on until it comes to a breakpoint.</summary>
    public Task Continue(CancellationToken stop) => Send("c", stop);

    /// <summary>Lets some CPUs go on; the others stay where they are.</summary>
    /// <param name="cpus">Their numbers, from 1.</param>
    /// <param name="stop">Ends it.</param>
    public Task Continue(IEnumerable<int> cpus, CancellationToken stop) =>
        Send($"vCont{string.Concat(cpus.Select(c => string.Create(CultureInfo.InvariantCulture, $";c:{c:x}")))}", stop);

    /// <summary>The CPU that came to a breakpoint last, from 1; 0 if none did.</summary>
    public int StoppedCpu { get; private set; }

    /// <summary>Waits until it has stopped again.</summary>
    /// <param name="limit">How long that may take: then it is stopped wherever it is.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Whether it came to a breakpoint.</returns>
    public async Task<bool> WaitForBreak(TimeSpan limit, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(limit + time);
        var reading = Read(end.Token);
        if (await Task.WhenAny(reading, Task.Delay(limit, stop)).ConfigureAwait(false) == reading)
        {
            StoppedCpu = CpuOf(await InTime(reading, stop).ConfigureAwait(false));
            return true;
        }
        await Write([0x03], stop).ConfigureAwait(false);
        return (await InTime(reading, stop).ConfigureAwait(false)).StartsWith("T05", StringComparison.Ordinal); // it came there meanwhile
    }

    /// <summary>Removes what was set, and lets the guest go on.</summary>
    public async Task Detach(CancellationToken stop)
    {
        if (await Ask("D", isOfStop: false, stop).ConfigureAwait(false) != "OK") throw Broken("it does not let the guest go on");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private static MachineException Broken(string what) => new(MachineFault.QemuDied, $"QEMU's stub for debuggers: {what}");

    /// <summary>'T05thread:01;': which one stopped.</summary>
    private static int CpuOf(string packet)
    {
        const string Name = "thread:";
        var at = packet.IndexOf(Name, StringComparison.Ordinal);
        var text = at < 0 ? "" : packet[(at + Name.Length)..].Split(';')[0];
        return int.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var cpu) ? cpu : 0;
    }

    private static ulong? Number(string text, int at) => text.Length >= at + RegisterDigits
        && ulong.TryParse(text.AsSpan(at, RegisterDigits), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number)
        ? number
        : null;

    private static bool IsStop(string packet) => packet is ['T' or 'S', ..];

    /// <summary>Sends a packet and returns the answer.</summary>
    /// <remarks>QEMU may say twice that the guest has stopped: for the one who connected, and for the one who asked.</remarks>
    private async Task<string> Ask(string packet, bool isOfStop, CancellationToken stop)
    {
        await Send(packet, stop).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        while (true)
        {
            var answer = await InTime(Read(limit.Token), stop).ConfigureAwait(false);
            if (isOfStop || !IsStop(answer)) return answer;
        }
    }

    /// <summary>Waits for what a limit cancels, and says so if it did.</summary>
    private async Task<string> InTime(Task<string> reading, CancellationToken stop)
    {
        try
        {
            return await reading.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Broken($"no answer within {time.TotalSeconds:0.#} s");
        }
    }

    /// <summary>'$PACKET#SUM', where SUM is that of all bytes.</summary>
    private Task Send(string packet, CancellationToken stop)
    {
        var sum = packet.Sum(c => c) & 0xff;
        return Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${packet}#{sum:x2}")), stop);
    }

    private async Task Write(byte[] bytes, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        try
        {
            await stream.WriteAsync(bytes, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw Broken($"it took nothing within {time.TotalSeconds:0.#} s");
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw Broken("it closed");
        }
    }

    /// <summary>The next packet. Acknowledgements ('+') are passed over: a local socket loses nothing.</summary>
    private async Task<string> Read(CancellationToken stop)
    {
        const int Longest = 16 << 10;
        var packet = new StringBuilder();
        while (await ReadByte(stop).ConfigureAwait(false) != '$')
        {
        }
        while (true)
        {
            var c = await ReadByte(stop).ConfigureAwait(false);
            if (c == '#') break;
            if (packet.Append(c).Length > Longest) throw Broken("a packet does not end");
        }
        await ReadByte(stop).ConfigureAwait(false);
        await ReadByte(stop).ConfigureAwait(false);
        await Write("+"u8.ToArray(), stop).ConfigureAwait(false);
        return packet.ToString();
    }

    private async Task<char> ReadByte(CancellationToken stop)
    {
        if (next == end)
        {
            next = 0;
            try
            {
                end = await stream.ReadAsync(buffer, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                end = 0;
            }
            if (end == 0) throw Broken("it closed");
        }
        return (char)buffer[next++];
    }
}
