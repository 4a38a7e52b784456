using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>Operations that happen exactly at a place of the kernel, with a stub for debuggers that misbehaves.</summary>
public sealed class ExactPointTests
{
    private const string Campaign = "plug 0\nunplug 0\n";

    [Theory]
    [InlineData("2=cio_start_key", 2, "cio_start_key", false, 1, 0)]
    [InlineData("12=free_buf.isra.0:3", 12, "free_buf.isra.0", false, 3, 0)]
    [InlineData("2=f:return", 2, "f", true, 1, 0)]
    [InlineData("2=f:return:40", 2, "f", true, 40, 0)]
    [InlineData("2=f:return:40:hold=200", 2, "f", true, 40, 200)]
    [InlineData("2=f:hold=1", 2, "f", false, 1, 1)]
    public void A_point_is_read_and_written(string text, int operation, string function, bool isReturn, int count, int hold)
    {
        var point = ExactPoint.Parse(text);
        Assert.Equal(new ExactPoint(operation, function, isReturn, count, hold), point);
        Assert.Equal(text, point.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("f")]
    [InlineData("1=f")] // nothing comes before it
    [InlineData("2=")]
    [InlineData("2=f:0")]
    [InlineData("2=f:100001")]
    [InlineData("2=f:returns")]
    [InlineData("2=f:hold=10001")]
    [InlineData("2=f g")]
    [InlineData("99999999999=f")]
    public void What_is_no_point_is_told(string text) =>
        Assert.Contains(ExactPoint.Form, Assert.Throws<FormatException>(() => ExactPoint.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task The_host_acts_while_the_guest_has_stopped_at_the_point()
    {
        await using var machine = new FakeMachine();
        FakeDebugger? debugger = null;
        debugger = new FakeDebugger(Path.Combine(machine.Folder, "gdb"), packet =>
        {
            if (packet == "D") debugger!.Packets.Add($"unplugged {machine.Devices.Count == 0}");
            return FakeDebugger.Usual(packet);
        });
        await using var usual = debugger;
        var outcome = await Play(machine, new ExactPoint(2, "f", IsReturn: true, Count: 2));
        Assert.Null(outcome.Problem);
        Assert.Empty(outcome.Notes);
        string[] expected =
        [
            "?", "Z0,1f0,2", "c", "z0,1f0,2", "s", "Z0,1f0,2", "c", // the second time
            "g", "z0,1f0,2", "Z0,abc,2", "c", "z0,abc,2", "D", "unplugged True",
        ];
        Assert.Equal(expected, debugger.Packets);
    }

    [Fact]
    public async Task A_CPU_is_held_while_the_others_go_on()
    {
        await using var machine = new FakeMachine { Settings = FakeMachine.Impatient with { Cpus = 3 } };
        await using var debugger = new FakeDebugger(Path.Combine(machine.Folder, "gdb"), packet => packet switch
        {
            "c" => "+" + FakeDebugger.Packet("T05thread:02;"),
            "vCont;c:1;c:3" => "+",
            "interrupt" => FakeDebugger.Packet("T02thread:01;"),
            _ => FakeDebugger.Usual(packet),
        });
        var outcome = await Play(machine, new ExactPoint(2, "f", Hold: 50));
        Assert.Null(outcome.Problem);
        Assert.Equal(["?", "Z0,1f0,2", "c", "z0,1f0,2", "vCont;c:1;c:3", "interrupt", "D"], debugger.Packets);
    }

    [Fact]
    public async Task Several_points_follow_each_other()
    {
        await using var machine = new FakeMachine();
        await using var debugger = new FakeDebugger(Path.Combine(machine.Folder, "gdb"));
        var outcome = await Play(machine, "plug 0\nunplug 0\nplug 0\n", new ExactPoint(2, "f"), new ExactPoint(3, "g"));
        Assert.Null(outcome.Problem);
        Assert.Equal(2, outcome.Plugs);
        Assert.Equal(["?", "Z0,1f0,2", "c", "z0,1f0,2", "Z0,1f0,2", "c", "z0,1f0,2", "D"], debugger.Packets);
    }

    [Fact]
    public async Task A_point_that_the_kernel_does_not_come_to_is_noted()
    {
        await using var machine = new FakeMachine { Settings = FakeMachine.Impatient };
        await using var debugger = new FakeDebugger(Path.Combine(machine.Folder, "gdb"), packet => packet switch
        {
            "c" => "+",
            "interrupt" => FakeDebugger.Packet("T02thread:01;"),
            _ => FakeDebugger.Usual(packet),
        });
        var outcome = await Play(machine, new ExactPoint(2, "f"));
        Assert.Null(outcome.Problem);
        Assert.Equal("unplug 0: the kernel did not come to '2=f' within 0.2 s", Assert.Single(outcome.Notes));
        Assert.Equal("D", debugger.Packets[^1]);
        Assert.Empty(machine.Devices);
    }

    [Theory]
    [InlineData("?", null, "closed")]
    [InlineData("?", "+$T05", "no answer")]
    [InlineData("?", "+$OK#9a", "does not say")]
    [InlineData("Z0,1f0,2", "+$E22#a9", "takes no breakpoint")]
    [InlineData("Z0,1f0,2", "", "no answer")]
    [InlineData("g", "+$00#60", "does not show the registers")]
    [InlineData("D", "+$E22#a9", "does not let the guest go on")]
    [InlineData("D", null, "closed")]
    public async Task A_stub_that_misbehaves_is_told(string where, string? answer, string expected)
    {
        await using var machine = new FakeMachine { Settings = FakeMachine.Impatient };
        await using var debugger = new FakeDebugger(
            Path.Combine(machine.Folder, "gdb"), packet => packet == where ? answer : FakeDebugger.Usual(packet));
        var outcome = await Play(machine, new ExactPoint(2, "f", IsReturn: true));
        Assert.Equal("qemu-died", outcome.Problem!.Oracle);
        Assert.Contains(expected, outcome.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_stub_it_is_told()
    {
        await using var machine = new FakeMachine { Settings = FakeMachine.Impatient };
        var outcome = await Play(machine, new ExactPoint(2, "f"));
        Assert.Contains("does not listen on gdb", outcome.Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_the_kernel_does_not_have_is_a_mistake()
    {
        await using var machine = new FakeMachine(onAgent: verb => verb == "symbol" ? $"@{FakeMachine.Id} 2\n" : FakeMachine.Usual);
        var e = await Assert.ThrowsAsync<MachineException>(() => Play(machine, new ExactPoint(2, "f")));
        Assert.Equal((MachineFault.NoFunction, true), (e.Fault, e.Message.Contains("no function 'f'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_point_that_is_only_a_try_may_name_what_is_not_there()
    {
        await using var machine = new FakeMachine(onAgent: verb => verb == "symbol" ? $"@{FakeMachine.Id} 2\n" : FakeMachine.Usual);
        await using var vm = await machine.Attach();
        var options = new PlayOptions(Points: [new ExactPoint(2, "f")]) { MayMiss = true };
        var outcome = await new CampaignPlayer(vm, options).Play(CampaignParser.Parse(Campaign), default);
        Assert.Equal((null, 0), (outcome.Problem, outcome.Notes.Count));
        Assert.Equal(options.Points, outcome.Unknown);
        Assert.Empty(machine.Devices);
    }

    [Fact]
    public void Wrong_points_are_one_line()
    {
        using var folder = new TemporaryFolder();
        var campaign = folder.Write("c.txt", "plug 0\nopen 0\nunplug 0\n");
        Cli.Run("linux", "replay", campaign, "--at", "open").IsMistake("--at", ExactPoint.Form);
        Cli.Run("linux", "replay", campaign, "--at", "4=f").IsMistake("--at 4=f", "3 operations");
        Cli.Run("linux", "replay", campaign, "--at", "3=f", "--at", "3=g").IsMistake("--at 3=f", "another point");
        Cli.Run("linux", "replay", campaign, "--at", "2=f").IsMistake("'open 0'", "unplug");
        Cli.Run("linux", "replay", campaign, "--at", "3=f:hold=5", "--cpus", "1").IsMistake("--at", "--cpus 2");
        Cli.Run("linux", "fuzz", "--at", "3=f").IsMistake("--at");
    }

    private static Task<Outcome> Play(FakeMachine machine, ExactPoint point) => Play(machine, Campaign, point);

    private static async Task<Outcome> Play(FakeMachine machine, string campaign, params ExactPoint[] points)
    {
        await using var vm = await machine.Attach();
        return await new CampaignPlayer(vm, new PlayOptions(Points: points)).Play(CampaignParser.Parse(campaign), default);
    }
}
