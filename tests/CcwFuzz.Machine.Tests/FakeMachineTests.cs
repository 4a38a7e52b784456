using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Play;
using CcwFuzz.Machine.Qemu;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>A machine's life and campaigns on it, with a monitor and an agent that misbehave.</summary>
public sealed class FakeMachineTests
{
    private const string Campaign = "plug 0\nopen 0 run=5\nunplug 0\n";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private static readonly VmSettings Impatient = new()
    {
        Guest = new GuestFiles("fake", "", ""),
        BootTime = Short,
        AnswerTime = Short,
        StallTime = TimeSpan.Zero,
        Patience = Short,
    };

    [Fact]
    public async Task A_campaign_runs_clean_and_the_machine_can_be_reset()
    {
        await using var machine = new FakeMachine();
        await using var vm = await machine.Attach();
        var outcome = await new CampaignPlayer(vm, new PlayOptions()).Play(Target("plug 0\nplug 1 type=net\nunplug 0\n"), default);
        Assert.Null(outcome.Problem);
        Assert.Equal((2, true), (outcome.Plugs, outcome.CanReset));
        Assert.Contains("1,virtio_rng", outcome.Signs.States);
        Assert.Empty(machine.Devices);
        Assert.True(await vm.TryReset(default));
    }

    [Fact]
    public async Task A_snapshot_that_does_not_load_is_no_reset()
    {
        await using var machine = new FakeMachine();
        await using (var vm = await machine.Attach()) Assert.True(await vm.TryReset(default));
        var commands = 0;
        await using var refusing = new FakeMachine(c => c == "human-monitor-command" && commands++ > 0 ? Error(c) : FakeMachine.Usual)
        {
            Settings = Impatient,
        };
        await using (var vm = await refusing.Attach()) Assert.False(await vm.TryReset(default));
    }

    [Fact]
    public async Task A_kernel_without_the_driver_is_refused()
    {
        await using var machine = new FakeMachine(onAgent: verb => verb == "show" ? $"@{FakeMachine.Id} 2\n" : FakeMachine.Usual);
        var e = await Assert.ThrowsAsync<MachineException>(machine.Attach);
        Assert.Equal(MachineFault.Setup, e.Fault);
        Assert.Contains("no driver virtio_ccw", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_does_not_come_up_is_told_with_the_end_of_its_log()
    {
        await using var machine = new FakeMachine(greeting: "starting\n") { Settings = Impatient };
        machine.Say("[    0.1] Kernel panic - not syncing: VFS: Unable to mount root fs");
        var e = await Assert.ThrowsAsync<MachineException>(machine.Attach);
        Assert.Equal(MachineFault.Setup, e.Fault);
        Assert.Contains("did not come up", e.Message, StringComparison.Ordinal);
        Assert.Contains("Unable to mount root", e.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(machine.Folder));
    }

    [Fact]
    public async Task An_agent_of_another_version_is_refused()
    {
        await using var machine = new FakeMachine(greeting: "@ready 0 6.1.0\n");
        var e = await Assert.ThrowsAsync<MachineException>(machine.Attach);
        Assert.Contains("another version", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("garbage\n")]
    [InlineData("{\"return\": {")] // half a line
    [InlineData("")]
    public async Task A_monitor_that_fails_is_a_finding_and_no_end(string? reply)
    {
        await using var machine = new FakeMachine(c => c == "device_del" ? reply : FakeMachine.Usual) { Settings = Impatient };
        var outcome = await machine.Play(Campaign);
        Assert.Equal("qemu-died", outcome.Problem!.Oracle);
        Assert.False(outcome.CanReset);
    }

    [Fact]
    public async Task What_QEMU_refuses_is_noted()
    {
        await using var machine = new FakeMachine(c => c == "netdev_add" ? Error(c) : FakeMachine.Usual);
        var outcome = await machine.Play("plug 0 type=net\n");
        Assert.Null(outcome.Problem);
        Assert.StartsWith("plug 0 type=net: QEMU refused", Assert.Single(outcome.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "qemu-died")]
    [InlineData("", "agent-silent")]
    [InlineData("@7 0 half a line", "agent-silent")]
    [InlineData("garbage\n@\n@x 0\n", "agent-silent")]
    public async Task An_agent_that_fails_is_a_finding_and_no_end(string? reply, string oracle)
    {
        var rests = 0;
        await using var machine = new FakeMachine(onAgent: verb => verb == "rest" && rests++ > 2 ? reply : FakeMachine.Usual)
        {
            Settings = Impatient,
        };
        var outcome = await machine.Play(Campaign);
        Assert.Equal(oracle, outcome.Problem!.Oracle);
        Assert.False(outcome.CanReset);
    }

    [Fact]
    public async Task Silence_is_named_by_what_the_log_says()
    {
        FakeMachine? machine = null;
        machine = new FakeMachine(onAgent: verb =>
        {
            if (verb != "open") return FakeMachine.Usual;
            machine!.Say("[    9.0] rcu: INFO: rcu_sched self-detected stall on CPU");
            machine.Say("[    9.0] Call Trace:");
            machine.Say("[    9.0]  [<0000000000000001>] virtnet_send_command+0x1/0x2");
            return "";
        }) { Settings = Impatient };
        await using (machine)
        {
            var outcome = await machine.Play(Campaign);
            Assert.Equal("lockup", outcome.Problem!.Oracle);
            Assert.Equal(["virtnet_send_command"], outcome.Problem.Functions);
        }
    }

    [Theory]
    [InlineData("", "", "lost-device")]
    [InlineData(" 0.0.1234=1,virtio_rng 0.0.1334=0", "", "ghost-device")]
    [InlineData(" 0.0.1234=1,virtio_rng", "9.1 (kworker/u2:1+cio) [<0>] tell_host+0x1/0x2", "hang")]
    [InlineData(" 0.0.1234=1,virtio_rng", "9.1 (init) [<0>] wait_for_completion_killable+0x1/0x2", null)]
    public async Task What_stays_wrong_is_a_finding(string devices, string stuck, string? oracle)
    {
        await using var machine = new FakeMachine(onAgent: verb => verb switch
        {
            "rest" => $"@{FakeMachine.Id} 16\n",
            "devices" => $"@{FakeMachine.Id} 0 {devices}\n",
            "stuck" => $"@{FakeMachine.Id} 0 {stuck}\n",
            _ => FakeMachine.Usual,
        });
        var outcome = await machine.Play("plug 0 run=1\n");
        // Where nothing is stuck, the next thing that is wrong is that the device does not go.
        Assert.Equal(oracle ?? "ghost-device", outcome.Problem!.Oracle);
        Assert.True(outcome.CanReset);
    }

    [Fact]
    public async Task What_goes_on_slowly_is_no_hang()
    {
        var sleeps = 0;
        await using var machine = new FakeMachine(onAgent: verb => verb switch
        {
            "rest" when sleeps < 3 => $"@{FakeMachine.Id} 16\n",
            "stuck" => $"@{FakeMachine.Id} 0 9.{++sleeps} (kworker/u2:1) [<0>] blk_execute_rq+0x1/0x2\n",
            _ => FakeMachine.Usual,
        });
        Assert.Null((await machine.Play("plug 0 run=1\n")).Problem);
        Assert.InRange(sleeps, 3, int.MaxValue);
    }

    [Fact]
    public async Task A_worker_that_is_busy_without_sleeping_is_waited_for()
    {
        // Looking for disks sleeps and runs by turns: what comes next must not meet it, whatever a look came upon.
        var looks = 0;
        FakeMachine? machine = null;
        var unplugged = -1;
        machine = new FakeMachine(
            command =>
            {
                if (command == "device_del" && unplugged < 0) unplugged = looks;
                return FakeMachine.Usual;
            },
            verb => verb switch
            {
                "rest" when looks < 2 => $"@{FakeMachine.Id} 16\n",
                "stuck" when ++looks <= 2 => $"@{FakeMachine.Id} 16\n",
                _ => FakeMachine.Usual,
            });
        await using (machine)
        {
            var outcome = await machine.Play("plug 0 type=scsi\nunplug 0\n");
            Assert.Null(outcome.Problem);
            Assert.DoesNotContain(outcome.Notes, n => n.Contains("from then on", StringComparison.Ordinal));
            Assert.Equal(2, unplugged);
        }
    }

    [Theory]
    [InlineData(1, "1,maxcpus=2")] // room for a second: otherwise TCG leaves barriers out
    [InlineData(4, "4,maxcpus=4")]
    public void A_machine_has_room_for_two_CPUs(int cpus, string smp)
    {
        var words = Vm.Arguments(Impatient with { Cpus = cpus }, "folder");
        Assert.Equal(smp, words[words.IndexOf("-smp") + 1]);
    }

    [Fact]
    public async Task A_disk_that_changes_its_size_is_a_file_and_others_answer_late()
    {
        await using var machine = new FakeMachine();
        await machine.Play("plug 0 type=blk\n");
        Assert.Contains(machine.Commands, c => c.Contains("null-co", StringComparison.Ordinal));
        await using var growing = new FakeMachine();
        var outcome = await growing.Play("plug 0 type=blk\nconfig-change 0\nconfig-change 0\n");
        Assert.Null(outcome.Problem);
        Assert.Contains(growing.Commands, c => c.Contains("\"driver\":\"raw\"", StringComparison.Ordinal));
        var sizes = growing.Commands.Where(c => c.StartsWith("block_resize", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, sizes.Distinct().Count());
    }

    [Fact]
    public async Task A_port_comes_with_a_peer_and_survives_its_going()
    {
        await using var machine = new FakeMachine();
        var outcome = await machine.Play("plug 0 type=serial\nport 0\nport 0 do=send\nport 0 do=disconnect\nport 0 do=connect\n");
        Assert.Null(outcome.Problem);
        Assert.Contains(machine.Commands, c => c.StartsWith("chardev-add", StringComparison.Ordinal));
        Assert.Contains(machine.Commands, c => c.StartsWith("chardev-remove", StringComparison.Ordinal));
    }

    private static string Error(string command) => $"{{\"error\": {{\"desc\": \"no {command}\"}}, \"id\": {FakeMachine.Id}}}\n";

    private static CcwFuzz.Target.Campaigns.Campaign Target(string text) => CcwFuzz.Target.Campaigns.CampaignParser.Parse(text);
}
