using CcwFuzz.Machine.Logs;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>A guest that says nothing any more: its registers and its stack say where a processor spins.</summary>
public sealed class SpinningProcessorTests
{
    private const ulong Stack = 0x1000;

    /// <summary>Where the stub finds the caller's frame and the address to return to: frames are packed, or they are not.</summary>
    public static TheoryData<ulong, ulong> Layouts => new() { { 152, 136 }, { 0, 112 } };

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task It_is_found_and_named_after_a_reset(ulong chain, ulong link)
    {
        var asked = new List<string>();
        var problem = await Play(chain, link, addresses =>
        {
            asked.Add(addresses);
            if (asked.Count == 1) return "last_of_another_module+0x99 virtnet_send_command+0x112"; // it was between two functions
            return "cpu_relax+0x2 virtnet_send_command+0x112 dev_set_rx_mode+0x4c";
        });
        Assert.Equal(("lockup", "virtnet_send_command"), (problem.Oracle, problem.Functions[0]));
        Assert.Contains("dev_set_rx_mode", problem.Functions);
        Assert.StartsWith("the processor spins in virtnet_send_command", problem.Message, StringComparison.Ordinal);
        Assert.Equal(["places 1234 abc 5678"], asked.Distinct());
    }

    [Theory]
    [InlineData("psw_idle+0x2 default_idle_call+0x10 do_idle+0x5")] // a lost wake-up, and not a processor that spins
    [InlineData("timer+0x2 do_ext_irq+0x10 virtnet_send_command+0x5")] // a moment that says nothing
    [InlineData("__schedule+0x2 schedule+0x10 worker_thread+0x5")] // nothing that names it
    [InlineData("- - -")]
    public async Task A_processor_that_rests_or_is_interrupted_is_not_named(string places) =>
        Assert.Equal("agent-silent", (await Play(152, 136, _ => places)).Oracle);

    [Fact]
    public async Task Where_nothing_can_be_read_the_guest_is_only_silent()
    {
        await using var machine = new FakeMachine(onAgent: verb => verb == "rest" ? "" : FakeMachine.Usual)
        {
            Settings = FakeMachine.Impatient,
        };
        Assert.Equal("agent-silent", (await machine.Play("plug 0\n")).Problem!.Oracle); // no stub listens
    }

    private static async Task<Observation> Play(ulong chain, ulong link, Func<string, string> places)
    {
        FakeMachine? machine = null;
        await using var fake = machine = new FakeMachine(onAgentLine: line => line.Split(' ')[2] switch
        {
            "rest" when !machine!.Commands.Any(c => c.Contains("loadvm", StringComparison.Ordinal)) => "",
            "places" => $"@{FakeMachine.Id} 0 {places(line[line.IndexOf("places", StringComparison.Ordinal)..])}\n",
            _ => FakeMachine.Usual,
        })
        {
            Settings = FakeMachine.Impatient,
        };
        await using var debugger = new FakeDebugger(Path.Combine(machine.Folder, "gdb"), packet => packet[0] switch
        {
            'g' => "+" + FakeDebugger.Packet($"{0:x16}{0x1234:x16}{new string('0', 14 * 16)}{0xabc:x16}{Stack:x16}"),
            'm' when packet == $"m{Stack + chain:x},8" => "+" + FakeDebugger.Packet($"{Stack + 0x100:x16}"),
            'm' when packet == $"m{Stack + 0x100 + link:x},8" => "+" + FakeDebugger.Packet($"{0x5678:x16}"),
            'm' => "+" + FakeDebugger.Packet("E14"),
            _ => FakeDebugger.Usual(packet),
        });
        return (await machine.Play("plug 0\n")).Problem!;
    }
}
