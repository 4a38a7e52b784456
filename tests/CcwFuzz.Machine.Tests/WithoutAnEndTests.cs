using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>What is at the other end hangs, takes nothing, or never stops: every wait has a limit, and what is kept is bounded.</summary>
public sealed class WithoutAnEndTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_program_that_hangs_is_killed_with_what_it_started_and_named_with_what_it_printed()
    {
        var script = $"echo one >&2; echo two >&2; sleep 1000 & echo $! > {folder["child"]}; exec sleep 1000";
        var time = TimeSpan.FromSeconds(2);
        var e = await Assert.ThrowsAsync<MachineException>(() => ProgramRun.Run("/bin/sh", ["-c", script], time, default));
        Assert.Equal(MachineFault.Setup, e.Fault);
        Assert.Equal($"'/bin/sh -c {script}' did not end within 2 s; it printed: one two", e.Message);
        var child = int.Parse(await File.ReadAllTextAsync(folder["child"]), CultureInfo.InvariantCulture);
        // One that has ended, and that nobody has waited for yet, has no command line any more.
        Assert.True(await Eventually(() => CommandLine(child).Length == 0), "the process that the program started goes on");
    }

    [Fact]
    public async Task A_program_that_prints_without_an_end_is_killed_and_little_of_it_is_kept()
    {
        var e = await Assert.ThrowsAsync<MachineException>(() => ProgramRun.Run("/bin/sh", ["-c", "exec yes"], Short, default));
        Assert.Contains("did not end within 0.3 s; it printed", e.Message, StringComparison.Ordinal);
        Assert.InRange(e.Message.Length, 1, ProgramRun.LongestOutput + 100);
    }

    [Fact]
    public async Task A_program_that_ends_is_read_to_its_end()
    {
        var run = await ProgramRun.Run("/bin/sh", ["-c", "cat; head -c 1000000 /dev/zero | tr '\\0' x; echo y >&2; exit 7"], Long, default);
        Assert.Equal((7, ProgramRun.LongestOutput), (run.ExitCode, run.Output.Length));
    }

    [Fact]
    public async Task Whoever_stops_a_program_gets_no_fault_of_the_machine()
    {
        using var stop = new CancellationTokenSource(Short);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ProgramRun.Run("/bin/sleep", ["1000"], Long, stop.Token));
    }

    [Theory]
    [InlineData("echo no room >&2; exit 1", "cannot make a disk in", "no room")]
    [InlineData("echo busy >&2; exec sleep 1000", "did not end within 2 s", "busy")]
    public async Task A_disk_that_cannot_be_made_is_told(string script, params string[] says)
    {
        var e = await Assert.ThrowsAsync<MachineException>(
            () => SnapshotDisk.Make(folder.Root, ["/bin/sh", "-c", script], TimeSpan.FromSeconds(2), default));
        Assert.Equal(MachineFault.Setup, e.Fault);
        Assert.All(says, s => Assert.Contains(s, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_program_for_disks_it_is_told()
    {
        var e = await Assert.ThrowsAsync<MachineException>(() => SnapshotDisk.Make(folder.Root, [folder["nothing"]], Long, default));
        Assert.Contains("there is no qemu-img", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_never_ends_does_not_keep_whoever_wants_to_read_it()
    {
        await using var stream = new EndlessStream("x");
        using var stop = new CancellationTokenSource();
        var reading = new LineReader(stream, 100).Read(stop.Token);
        Assert.False(reading.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task A_console_that_says_something_without_an_end_is_a_guest_that_does_not_come_up()
    {
        await using var agent = new AgentClient(new EndlessStream("[ 0.0] Oops\n"));
        var e = await Assert.ThrowsAsync<MachineException>(() => agent.WaitUntilReady(Short, default));
        Assert.Contains("did not come up within 0.3 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_monitor_that_says_something_without_an_end_does_not_greet()
    {
        await using var stub = new StubSocket(folder["qmp"], "", "{\"QMP\": ");
        var e = await Assert.ThrowsAsync<MachineException>(() => QmpClient.Connect(folder["qmp"], Short, default));
        Assert.Contains("monitor is silent", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$T05thread:01;#07")] // it stops again and again, and does not answer
    [InlineData("+")]
    [InlineData("$OK")]
    public async Task A_debugger_stub_that_talks_without_an_end_gives_no_answer(string text)
    {
        await using var stub = new StubSocket(folder["gdb"], FakeDebugger.Packet("T05thread:01;"), text);
        await using var debugger = await GdbClient.Connect(folder["gdb"], Short, default);
        var e = await Assert.ThrowsAsync<MachineException>(() => debugger.Break(0x1000, isSet: true, default));
        Assert.Equal(MachineFault.QemuDied, e.Fault);
        Assert.Contains(text == "$OK" ? "a packet does not end" : "no answer within 0.3 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_debugger_stub_that_reads_nothing_takes_nothing()
    {
        await using var stub = new StubSocket(folder["gdb"], FakeDebugger.Packet("T05thread:01;"), "");
        await using var debugger = await GdbClient.Connect(folder["gdb"], Short, default);
        var e = await Assert.ThrowsAsync<MachineException>(async () =>
        {
            while (true) await debugger.Continue(default); // until the socket is full
        });
        Assert.Contains("took nothing within 0.3 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_does_not_stop_when_it_is_told_to_gives_no_answer()
    {
        await using var stub = new StubSocket(folder["gdb"], FakeDebugger.Packet("T05thread:01;"), "");
        await using var debugger = await GdbClient.Connect(folder["gdb"], Short, default);
        var e = await Assert.ThrowsAsync<MachineException>(() => debugger.WaitForBreak(TimeSpan.Zero, default));
        Assert.Contains("no answer within 0.3 s", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_whose_queue_is_full_takes_no_connection()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder["port"]));
        listener.Listen(0);
        using var first = new SerialPeer(folder["port"]);
        await first.Connect(Long, default); // waits in the queue, which has room for one
        using var second = new SerialPeer(folder["port"]);
        var e = await Assert.ThrowsAsync<MachineException>(() => second.Connect(Short, default));
        Assert.Equal((MachineFault.QemuDied, "QEMU does not listen on port"), (e.Fault, e.Message));
    }

    [Fact]
    public async Task A_port_that_is_gone_is_no_fault()
    {
        using var peer = new SerialPeer(folder["port"]);
        await peer.Connect(Long, default);
        peer.Send(); // reaches nobody
        Assert.False(File.Exists(folder["port"]));
    }

    [Fact]
    public void A_line_of_the_log_that_never_ends_is_cut()
    {
        var log = new KernelLog(folder["log"]);
        File.WriteAllText(folder["log"], new string('x', 5 << 20));
        for (var i = 0; i < 2; i++) Assert.Empty(log.ReadNew()); // each call reads 4 MiB at most
        File.AppendAllText(folder["log"], "y\nnext\n");
        Assert.Equal([4 << 20, 4], log.ReadNew().Select(l => l.Length));
    }

    [Fact]
    public async Task Of_a_long_log_the_end_is_read()
    {
        var machine = QemuProcess.NewFolder();
        await using var process = QemuProcess.Start("/bin/sh", ["-c", "exec sleep 1000"], machine);
        await Eventually(() => File.Exists(Path.Combine(machine, "qemu.log")));
        await File.WriteAllTextAsync(Path.Combine(machine, "qemu.log"), new string('x', 1 << 20) + "\none\ntwo\nthree\n");
        Assert.Equal("one / two / three", process.LastWords);
        await File.WriteAllTextAsync(Path.Combine(machine, "qemu.log"), new string('x', 1 << 20));
        Assert.Equal(16 << 10, process.LastWords.Length);
    }

    private static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return ""; // it is gone
        }
    }

    private static async Task<bool> Eventually(Func<bool> isTrue)
    {
        for (var i = 0; i < 1000 && !isTrue(); i++) await Task.Delay(10);
        return isTrue();
    }

    /// <summary>A stream that always has something to read, at once.</summary>
    private sealed class EndlessStream(string text) : MemoryStream
    {
        private readonly byte[] bytes = Encoding.ASCII.GetBytes(text);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
            for (var i = 0; i < buffer.Length; i++) buffer.Span[i] = bytes[i % bytes.Length];
            return ValueTask.FromResult(buffer.Length);
        }
    }

    /// <summary>A socket whose other end says something, then the same again and again as long as that is read; it reads nothing.</summary>
    private sealed class StubSocket : IAsyncDisposable
    {
        private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly CancellationTokenSource stop = new();
        private readonly Task serving;

        public StubSocket(string path, string first, string again)
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen();
            serving = Serve(first, again);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await serving;
            listener.Dispose();
            stop.Dispose();
        }

        private async Task Serve(string first, string again)
        {
            const int Copies = 1000;
            try
            {
                using var socket = await listener.AcceptAsync(stop.Token);
                await socket.SendAsync(Encoding.ASCII.GetBytes(first), stop.Token);
                var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(again, Copies)));
                while (bytes.Length > 0) await socket.SendAsync(bytes, stop.Token);
                await Task.Delay(Timeout.Infinite, stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // The test is over.
            }
        }
    }
}
