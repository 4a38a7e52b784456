using CcwFuzz.Harness.Backends;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Play;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>A test that boots a guest: only where one is installed, and only when it is asked for.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GuestFactAttribute : FactAttribute
{
    private const string Variable = "CCW_TEST_GUEST";

    public GuestFactAttribute()
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1") Skip = $"boots a guest under QEMU; {Variable}=1 runs it";
        else if (GuestFiles.Names(GuestFiles.Cache).Count == 0) Skip = "there is no guest; eng/install-guest makes one";
    }
}

/// <summary>Campaigns on the real thing.</summary>
[Trait("Category", "Guest")]
public sealed class RealGuestTests
{
    [GuestFact]
    public async Task A_device_that_comes_and_goes_leaves_no_trace()
    {
        var settings = new VmSettings { Guest = GuestFiles.Find(GuestFiles.Cache, null, null) };
        var campaign = CampaignParser.Parse("plug 0 type=rng\nopen 0\nread 0 sectors=1\nclose 0\nunplug 0\n");
        var replay = await LinuxReplay.Run(settings, campaign, [1, 1], _ => true, TextWriter.Null, default);
        Assert.Equal(0, replay.Hits);
        Assert.All(replay.Outcomes, o => Assert.Empty(o.Notes));
        Assert.All(replay.Outcomes, o => Assert.True(o.CanReset));
        Assert.All(replay.Outcomes, o => Assert.Empty(o.Signs.Trace)); // megabytes, if all of them were kept
        Assert.StartsWith("6.", replay.Kernel, StringComparison.Ordinal);
    }

    [GuestFact]
    public async Task A_hang_of_the_model_is_one_of_the_real_kernel()
    {
        var campaign = CampaignParser.Parse("plug 0 type=balloon\nconfig-change 0 pages=1\nunplug 0\n");
        var replay = await LinuxReplay.Run(Usual(), campaign, [1], _ => true, TextWriter.Null, default);
        Assert.Contains("tell_host", replay.Problem!.Functions);
        Assert.True(replay.Outcomes[0].CanReset); // it is stuck, and goes back all the same
    }

    [GuestFact]
    public async Task A_task_hangs_in_ccw_io_helper_if_the_device_goes_while_a_channel_program_is_under_way()
    {
        var campaign = CampaignParser.Parse("plug 0 type=rng\nunplug 0\n");
        var during = await Replay("2=cio_start_key:return:5");
        Assert.Equal(["ccw_io_helper"], during.Problem!.Functions);
        Assert.Equal(2, during.Hits);
        Assert.True(during.Outcomes[0].CanReset);
        var before = await Replay("2=cio_start_key:5"); // the program is not started any more then, and fails at once
        Assert.Equal(0, before.Hits);
        var never = await Replay("2=device_del");
        Assert.Contains(never.Outcomes[0].Notes, n => n.Contains("did not come to '2=device_del'", StringComparison.Ordinal));

        async Task<LinuxReplay> Replay(string point) => await LinuxReplay.Run(
            Usual(), campaign, [1, 1], _ => true, TextWriter.Null, default, points: [ExactPoint.Parse(point)]);
    }

    [GuestFact]
    public async Task Where_a_processor_spins_is_said_though_the_guest_says_nothing()
    {
        // RCU, which might say it, is told to wait longer than we do.
        var settings = Usual() with { Append = "rcupdate.rcu_cpu_stall_timeout=300", StallTime = TimeSpan.FromSeconds(1) };
        var campaign = CampaignParser.Parse("plug 0 type=net\nvary to=on\nunplug 0\nplug 0 type=net\nopen 0\n");
        var replay = await LinuxReplay.Run(settings, campaign, [1], _ => true, TextWriter.Null, default);
        Assert.Equal(("lockup", "virtnet_send_command"), (replay.Problem!.Oracle, replay.Problem.Functions[0]));
    }

    [GuestFact]
    public async Task Ports_and_disks_change()
    {
        var campaign = CampaignParser.Parse(
            "plug 0 type=serial\nport 0\nopen 0\nport 0 do=send\nread 0\nwrite 0\nclose 0\nport 0 do=remove\n"
            + "plug 1 type=blk\nconfig-change 1\nunplug 1\n");
        var replay = await LinuxReplay.Run(Usual(), campaign, [1], _ => true, TextWriter.Null, default);
        Assert.Equal(0, replay.Hits);
        Assert.DoesNotContain(replay.Outcomes[0].Notes, n => n.Contains("refused", StringComparison.Ordinal));
        var results = replay.Outcomes[0].Signs.States;
        Assert.Contains("open 0", results);
        Assert.Contains("get 0", results);
        Assert.Contains("put 0", results);
    }

    [GuestFact]
    public async Task A_guest_that_never_comes_up_is_told_with_its_log()
    {
        var settings = Usual() with { Append = "rdinit=/none", BootTime = TimeSpan.FromSeconds(15) };
        var starting = Vm.Start(settings, default);
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.NotEmpty(Left()); // what is not left afterwards was there
        var e = await Assert.ThrowsAsync<MachineException>(() => starting);
        Assert.Contains("did not come up", e.Message, StringComparison.Ordinal);
        Assert.Empty(Left());
    }

    [GuestFact]
    public async Task What_is_no_kernel_is_told_in_one_line()
    {
        var usual = Usual();
        var settings = usual with { Guest = usual.Guest with { Kernel = usual.Guest.Initrd }, BootTime = TimeSpan.FromSeconds(5) };
        var e = await Assert.ThrowsAsync<MachineException>(() => Vm.Start(settings, default));
        Assert.Equal(MachineFault.Setup, e.Fault);
        Assert.Empty(Left());
    }

    [GuestFact]
    public async Task A_signal_stops_every_machine()
    {
        using var stop = new CancellationTokenSource();
        var guests = new[] { new Guest(Usual()), new Guest(Usual()) };
        stop.CancelAfter(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(guests.Select(g => g.Prepare(stop.Token))));
        foreach (var guest in guests) await guest.DisposeAsync();
        Assert.Empty(Left());
    }

    private static VmSettings Usual() => new() { Guest = GuestFiles.Find(GuestFiles.Cache, null, null) };

    /// <summary>QEMUs that this process started and that are still there.</summary>
    private static List<string> Left()
    {
        var left = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            try
            {
                var words = File.ReadAllText(Path.Combine(folder, "stat")).Split(' ');
                if (words[1].StartsWith("(qemu", StringComparison.Ordinal) && words[3] == $"{Environment.ProcessId}") left.Add(folder);
            }
            catch (IOException)
            {
                // No process, or one that is gone.
            }
        }
        return left;
    }
}
