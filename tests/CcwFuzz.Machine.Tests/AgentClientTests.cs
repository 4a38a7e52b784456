using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Io;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>The agent's client against consoles that say anything.</summary>
public sealed class AgentClientTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Lines_of_the_kernel_are_skipped()
    {
        await using var peer = Peer(line => line.Length == 0 ? "" : $"[ 1.0] Oops: 0038\n@x y\n[ 2.0] cut @{IdOf(line)} 0 done\n");
        await using var agent = await Connect();
        Assert.Equal("6.1.0", await agent.WaitUntilReady(Long, default));
        Assert.Equal(new AgentReply(0, "done"), await agent.Call("ping", Long, default));
    }

    [Fact]
    public async Task Requests_of_a_message_keep_their_delays_and_are_answered_in_any_order()
    {
        var seen = new List<string>();
        await using var peer = Peer(line =>
        {
            if (line.Length > 0) seen.Add(line);
            return line.Length > 0 ? "" : string.Concat(seen.AsEnumerable().Reverse().Select(l => $"@{IdOf(l)} 19 {l.Split(' ')[1]}\n"));
        });
        await using var agent = await Connect();
        var answers = await agent.Send([new AgentRequest("open 0 0.0.1234"), new AgentRequest("close 0", 250)], Long, default);
        Assert.Equal([new AgentReply(19, "0"), new AgentReply(19, "250")], await Task.WhenAll(answers).WaitAsync(Long));
        Assert.Equal("close 0", seen[1].Split(' ', 3)[2]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@1 0 half a line")]
    [InlineData("garbage\n@\n@@@\n@1\n@1 x\n")]
    public async Task Silence_is_noticed(string reply)
    {
        await using var peer = Peer(_ => reply);
        await using var agent = await Connect();
        Assert.Null(await agent.TryCall("ping", Short, default));
        var e = await Assert.ThrowsAsync<MachineException>(() => agent.Call("ping", Short, default));
        Assert.Equal(MachineFault.AgentSilent, e.Fault);
    }

    [Fact]
    public async Task A_console_that_closes_ends_whatever_waits()
    {
        await using var peer = Peer(_ => null);
        await using var agent = await Connect();
        var e = await Assert.ThrowsAsync<MachineException>(() => agent.Call("ping", Long, default));
        Assert.Equal(MachineFault.QemuDied, e.Fault);
    }

    [Fact]
    public async Task A_guest_that_does_not_come_up_is_noticed()
    {
        await using var peer = new FakePeer(folder["agent"], "[ 0.0] Linux version\n", _ => "");
        await using var agent = await Connect();
        var e = await Assert.ThrowsAsync<MachineException>(() => agent.WaitUntilReady(Short, default));
        Assert.Contains("did not come up", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_without_end_costs_no_memory()
    {
        await using var peer = Peer(line => line.Length > 0 ? "" : new string('@', 1 << 20) + "\n@1 0 still there\n");
        await using var agent = await Connect();
        Assert.Equal("still there", (await agent.Call("ping", Long, default)).Text);
    }

    private static string IdOf(string line) => line.Split(' ')[0];

    private FakePeer Peer(Func<string, string?> answer) => new(folder["agent"], "boot text\n@ready 0 6.1.0 7\n", answer);

    private Task<AgentClient> Connect() => AgentClient.Connect(folder["agent"], Long, default);
}
