using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>The loop over guests that are none.</summary>
public sealed class LinuxFuzzTests : IDisposable
{
    private static readonly Observation Balloon = new("hang", "tasks wait for ever in tell_host", ["tell_host"], []);
    private static readonly AskedModel Model = new(TargetPool.Of());
    private readonly TemporaryFolder folder = new();
    private readonly List<FakeGuest> guests = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_finding_is_minimized_counted_and_kept_with_the_answer_of_the_model()
    {
        // It shows wherever two devices are plugged, in every other run.
        var result = await Run(1, 60, (campaign, run) => Plugs(campaign) >= 2 && run % 2 == 0 ? Balloon : null);
        var finding = Assert.Single(result.Findings);
        Assert.Equal(60, result.Executions);
        Assert.Equal(2, finding.Campaign.Operations.Count);
        Assert.Equal((3, 6), (finding.Reliability.Hits, finding.Reliability.Runs));
        var stored = StoredFinding.Open(Path.Combine(folder["findings"], Balloon.Key));
        Assert.Equal(3, stored.Real!.Reliability.Hits);
        Assert.Equal("linux", stored.Real!.Backend);
        Assert.NotEmpty(stored.Real!.Model.Verdict);
        Assert.True(guests[0].IsDisposed);
    }

    [Fact]
    public async Task A_shorter_campaign_that_shows_it_less_often_is_no_better()
    {
        const int Executions = 60;
        var result = await Run(1, Executions, (campaign, run) =>
            Plugs(campaign) >= 2 || (Plugs(campaign) == 1 && run > Executions && run % 4 == 0) ? Balloon : null);
        var finding = Assert.Single(result.Findings);
        Assert.Equal((6, 6), (finding.Reliability.Hits, finding.Reliability.Runs));
        Assert.Equal(2, finding.Campaign.Operations.Count);
        Assert.All(finding.Campaign.Operations, o => Assert.True(o.WaitsUntilQuiet)); // no overlap is needed
    }

    [Theory]
    [InlineData("6.1.0", 2, 5)]
    [InlineData("6.12.0", 1, 1)] // another kernel is another answer
    public void A_replay_brings_a_finding_up_to_date(string kernel, int hits, int runs)
    {
        var campaign = CampaignParser.Parse("plug 0 type=balloon\nconfig-change 0 pages=1\nunplug 0\n");
        var first = new RealFinding
        {
            Problem = Balloon,
            Played = new RealCampaign(CampaignParser.Parse("plug 0 type=balloon\nrescan\nconfig-change 0 pages=1\nunplug 0\n")),
            FirstExecution = 7,
            Kernel = "6.1.0",
            Qemu = "7.2.0",
            Model = new ModelAnswer(null, null),
            OperationsBefore = 9,
            Judgement = "kernel bug",
        };
        new FindingStore(folder["findings"]).Add(Balloon.Key, first.Files(seed: 3));
        var outcomes = Enumerable.Range(0, 5).Select(i => new Outcome(i < 2 ? Balloon : null, new Signs([], [], [], ""), 1, [], true));
        var replay = new LinuxReplay(kernel, "7.2.0", [.. outcomes], p => p.Key == Balloon.Key);
        var stored = StoredFinding.Open(Path.Combine(folder["findings"], Balloon.Key));
        var again = RealFinding.Again(stored, replay, new RealCampaign(campaign), Model);
        Assert.Equal(Balloon.Key, again.Problem.Key);
        Assert.Equal((hits, runs), (again.Reliability.Hits, again.Reliability.Runs));
        Assert.StartsWith("hang-tell_host-", again.Model.Key, StringComparison.Ordinal);
        Assert.Equal((campaign, 7, 9, "kernel bug"), (again.Campaign, again.FirstExecution, again.OperationsBefore, again.Judgement));
    }

    [Fact]
    public void An_answer_knows_of_how_many_runs_it_is()
    {
        Directory.CreateDirectory(folder["finding"]);
        Assert.Equal(0, RealAnswer.Runs(folder["finding"], Replay("6.1.0", 1)));
        RealAnswer.Keep(folder["finding"], Replay("6.1.0", 5), hits: 2, []);
        RealAnswer.Keep(folder["finding"], Replay("6.12.0", 3), hits: 0, []);
        Assert.Equal(5, RealAnswer.Runs(folder["finding"], Replay("6.1.0", 1)));
        Assert.Equal(3, RealAnswer.Runs(folder["finding"], Replay("6.12.0", 9)));
        RealAnswer.Keep(folder["finding"], Replay("6.1.0", 7), hits: 2, []);
        Assert.Equal(7, RealAnswer.Runs(folder["finding"], Replay("6.1.0", 1)));
        Assert.Equal(0, RealAnswer.Runs(folder["finding"], Replay("6.1.0", 1) with { Qemu = "10.0.2" }));
    }

    [Theory]
    [InlineData("{\"answers\":[{}]}", "'answers[0]' has no 'kernel'")]
    [InlineData("{\"answers\":{}}", "'answers' is not of the expected type")]
    [InlineData("{\"answers\":[", "not valid JSON")]
    public void Answers_that_cannot_be_read_are_a_mistake_and_stay(string text, string problem)
    {
        var path = folder.Write("finding/linux.json", text);
        var e = Assert.Throws<UsageException>(() => RealAnswer.Keep(folder["finding"], Replay("6.1.0", 1), hits: 1, []));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Fact]
    public async Task Points_in_functions_that_the_kernel_does_not_have_are_not_kept()
    {
        const int Executions = 16;
        var shown = 0;
        var result = await Run(
            1, Executions, (_, run) => run <= Executions ? new Observation("bug", $"{++shown}", [$"f{shown}"], []) : null);
        var points = result.Findings.SelectMany(f => f.Played.Points).ToList();
        Assert.Equal(Executions, result.Findings.Count);
        Assert.NotEmpty(points);
        Assert.All(points, p => Assert.True(FakeGuest.IsKnown(p.Function)));
    }

    [Fact]
    public async Task A_long_run_says_how_far_it_is()
    {
        using var log = new StringWriter();
        await Run(1, 5, (_, run) => run == 2 ? Balloon : null, log: log, progress: TimeSpan.Zero);
        Assert.Contains(" s: 5 campaigns (", log.ToString(), StringComparison.Ordinal);
        Assert.Contains("1 findings", log.ToString(), StringComparison.Ordinal);
        using var quiet = new StringWriter();
        await Run(1, 5, (_, _) => null, log: quiet);
        Assert.DoesNotContain("campaigns (", quiet.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guests_share_campaigns_and_findings()
    {
        var result = await Run(3, 90, (campaign, _) => Plugs(campaign) >= 1 ? Balloon : null);
        Assert.Equal(90, result.Executions);
        Assert.Equal(3, guests.Count);
        Assert.Equal(90, Assert.Single(result.Findings).Hits);
        Assert.All(guests, g => Assert.True(g.IsDisposed));
    }

    [Fact]
    public async Task A_disk_that_is_full_ends_all_guests()
    {
        await Assert.ThrowsAnyAsync<IOException>(() => Run(2, 1000, (_, run) =>
        {
            if (run < 10) return null;
            // As good as full: nothing can be made in it.
            Directory.Delete(folder["findings"], recursive: true);
            File.WriteAllText(folder["findings"], "");
            return Balloon;
        }));
        Assert.All(guests, g => Assert.True(g.IsDisposed));
    }

    [Fact]
    public async Task A_machine_that_does_not_come_up_again_costs_some_boots()
    {
        var result = await Run(1, 20, (_, run) => run % 3 == 1 ? throw Wedged() : null);
        Assert.Equal(20, result.Executions);
        await Assert.ThrowsAsync<MachineException>(() => Run(1, 20, (_, run) => run > 5 ? throw Wedged() : null));
        Assert.All(guests, g => Assert.True(g.IsDisposed));
    }

    [Fact]
    public async Task A_signal_ends_the_run_with_what_was_found()
    {
        using var stop = new CancellationTokenSource();
        var result = await Run(2, 0, (_, run) =>
        {
            if (run == 20) stop.Cancel();
            return run == 10 ? Balloon : null;
        }, stop: stop.Token);
        Assert.Single(result.Findings);
        Assert.True(File.Exists(Path.Combine(folder["findings"], Balloon.Key, StoredFinding.TextName)));
        Assert.All(guests, g => Assert.True(g.IsDisposed));
    }

    [Fact]
    public async Task Nothing_of_a_campaign_is_kept_but_what_was_new()
    {
        const int Long = 2000;
        var read = new List<WeakReference>();
        await Run(2, Long, (_, run) => run % 100 == 0 ? Balloon : null, signs: run =>
        {
            var signs = new Signs(
                [.. Enumerable.Range(0, 50).Select(i => $"[   {run}.{i}] virtio_net virtio{run}: something")],
                [.. Enumerable.Range(0, 500).Select(i => $"virtio_ccw_interpret_ccw fe.0.{run:x4}: interpret command 0x{i % 20:x}")],
                ["open 0"], "0123");
            lock (read) read.AddRange([new WeakReference(signs.Log), new WeakReference(signs.Trace)]);
            return signs;
        });
        GC.Collect();
        Assert.InRange(read.Count, 2 * Long, int.MaxValue);
        Assert.InRange(read.Count(r => r.IsAlive), 0, 10);
    }

    private static LinuxReplay Replay(string kernel, int runs) => new(
        kernel, "7.2.0", [.. Enumerable.Range(0, runs).Select(_ => new Outcome(null, new Signs([], [], [], ""), 1, [], true))], _ => true);

    private static MachineException Wedged() => new(MachineFault.Setup, "the guest did not come up");

    private static int Plugs(Campaign campaign) => campaign.Operations.Count(o => o.Opcode == Opcode.Plug);

    private Task<LinuxFuzzResult> Run(
        int vms, long executions, Func<Campaign, int, Observation?> play, Func<int, Signs>? signs = null,
        TextWriter? log = null, TimeSpan? progress = null, CancellationToken stop = default)
    {
        var settings = new VmSettings { Guest = new GuestFiles("fake", "", "") };
        var usual = new LinuxFuzzPlan(settings, vms, 0, executions, 1, 6, Minimize: true);
        var plan = usual with { ProgressTime = progress ?? usual.ProgressTime };
        var fuzz = new LinuxFuzz(plan, new FindingStore(folder["findings"]), Model, log ?? TextWriter.Null, _ =>
        {
            guests.Add(new FakeGuest(play, signs));
            return guests[^1];
        });
        return fuzz.Run(stop);
    }
}
