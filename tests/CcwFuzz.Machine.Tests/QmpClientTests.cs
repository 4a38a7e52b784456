using System.Text.Json.Nodes;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>The monitor's client against peers that misbehave.</summary>
public sealed class QmpClientTests : IDisposable
{
    private const string Greeting = "{\"QMP\": {\"version\": {}}}\n";
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Answers_find_their_commands_between_events()
    {
        await using var peer = new FakePeer(folder["qmp"], Greeting, line =>
            $"{{\"event\": \"RESUME\"}}\n{{\"return\": {{\"was\": \"{Command(line)}\"}}, \"id\": {Id(line)}}}\n");
        await using var client = await Connect();
        var answer = await client.Execute("query-version", null, Long, default);
        Assert.Equal("query-version", answer!["was"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_refusal_says_why()
    {
        await using var peer = new FakePeer(folder["qmp"], Greeting, line => Command(line) == "device_add"
            ? $"{{\"error\": {{\"desc\": \"no such bus\"}}, \"id\": {Id(line)}}}\n"
            : $"{{\"return\": {{}}, \"id\": {Id(line)}}}\n");
        await using var client = await Connect();
        var e = await Assert.ThrowsAsync<MachineException>(() => client.Execute("device_add", null, Long, default));
        Assert.Equal(MachineFault.Refused, e.Fault);
        Assert.Contains("no such bus", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage\n", "no QMP")]
    [InlineData(null, "closed")]
    [InlineData("{\"return\": {", "did not answer")] // half a line
    [InlineData("", "did not answer")]
    [InlineData("{\"return\": {}, \"id\": 4711}\n", "did not answer")]
    public async Task What_is_no_answer_ends_within_its_time(string? reply, string says)
    {
        await using var peer = new FakePeer(folder["qmp"], Greeting, line =>
            Command(line) == "qmp_capabilities" ? $"{{\"return\": {{}}, \"id\": {Id(line)}}}\n" : reply);
        await using var client = await Connect();
        var time = says == "did not answer" ? Short : Long;
        var e = await Assert.ThrowsAsync<MachineException>(() => client.Execute("stop", null, time, default));
        Assert.Equal(MachineFault.QemuDied, e.Fault);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello\n", "greet")]
    [InlineData("", "silent")]
    public async Task Whoever_does_not_greet_is_no_QEMU(string greeting, string says)
    {
        await using var peer = new FakePeer(folder["qmp"], greeting, _ => "");
        var e = await Assert.ThrowsAsync<MachineException>(() => QmpClient.Connect(folder["qmp"], Short, default));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_ends_within_its_time()
    {
        var e = await Assert.ThrowsAsync<MachineException>(() => QmpClient.Connect(folder["qmp"], Short, default));
        Assert.Contains("does not listen", e.Message, StringComparison.Ordinal);
    }

    private static string Command(string line) => JsonNode.Parse(line)!["execute"]!.GetValue<string>();

    private static int Id(string line) => JsonNode.Parse(line)!["id"]!.GetValue<int>();

    private Task<QmpClient> Connect() => QmpClient.Connect(folder["qmp"], Long, default);
}
