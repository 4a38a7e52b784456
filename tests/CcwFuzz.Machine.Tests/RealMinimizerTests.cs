using CcwFuzz.Harness.Backends;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>Minimization of what shows only now and then, on guests that are none.</summary>
public sealed class RealMinimizerTests : IDisposable
{
    private const string Long =
        "plug 0 type=serial run=90\nrescan\nplug 1\nsettle\nunplug 1 run=5\nrescan\nunplug 0 run=7\nplug 2 type=blk\nsettle\nrescan\n";

    private static readonly Observation Sought = new("hang", "tasks wait for ever in tell_host", ["tell_host"], []);
    private static readonly Observation Other = new("hang", "tasks wait for ever in virtio_read", ["virtio_read"], []);
    private readonly StringWriter log = new();

    public void Dispose() => log.Dispose();

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.6)]
    [InlineData(0.1)]
    public async Task What_shows_now_and_then_is_minimized_to_what_it_needs(double reliability)
    {
        // It needs the console and its unplug, before which something overlaps.
        var random = new SplitMix(1);
        var shorter = await Minimize(1, campaign =>
            Needs(campaign) && Chance(ref random, reliability) ? Sought : Chance(ref random, 0.3) ? Other : null);
        Assert.Equal("plug 0 type=serial run=90\nunplug 0\n", shorter.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Several_guests_come_to_the_same(int guests)
    {
        var runs = 0;
        var shorter = await Minimize(guests, campaign => Needs(campaign) && ++runs % 3 == 0 ? Sought : null);
        Assert.Equal("plug 0 type=serial run=90\nunplug 0\n", shorter.ToString());
    }

    [Theory]
    [InlineData(0.8, 0.1)]
    [InlineData(0.2, 0.01)]
    public async Task A_shorter_campaign_that_shows_it_much_less_often_is_refused(double reliability, double withoutRescan)
    {
        var random = new SplitMix(1);
        var shorter = await Minimize(1, campaign =>
            Needs(campaign) && Chance(ref random, Rescans(campaign) >= 2 ? reliability : withoutRescan) ? Sought : null);
        Assert.Equal((4, 2), (shorter.Operations.Count, Rescans(shorter)));
    }

    [Fact]
    public async Task Points_that_it_does_not_need_go_and_the_others_move()
    {
        var guests = new List<FakeGuest> { new((campaign, _) => Needs(campaign) ? Sought : null) { NeedsPointOf = Opcode.Unplug } };
        var whole = new RealCampaign(CampaignParser.Parse(Long), [ExactPoint.Parse("3=g"), ExactPoint.Parse("7=f:return:3")]);
        var shorter = await new RealMinimizer(new GuestPool(guests, log), Sought.Key, log).Minimize(whole, default);
        Assert.Equal(("plug 0 type=serial run=90\nunplug 0\n", "2=f:return:3"), ($"{shorter.Campaign}", string.Join('|', shorter.Points)));
    }

    [Fact]
    public async Task What_does_not_show_stays_as_it_was()
    {
        var runs = 0;
        var same = await Minimize(2, _ =>
        {
            Interlocked.Increment(ref runs);
            return Other;
        });
        Assert.Equal(CampaignParser.Parse(Long), same);
        Assert.Equal(RealMinimizer.MostRuns, runs);
        Assert.Contains($"0 of {RealMinimizer.MostRuns} with 10 operations", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guest_that_does_not_come_up_ends_the_others()
    {
        var runs = 0;
        var thrown = await Assert.ThrowsAsync<MachineException>(() => Minimize(3, _ =>
            Interlocked.Increment(ref runs) > 3 ? throw new MachineException(MachineFault.Setup, "the guest did not come up") : Sought));
        Assert.Equal("the guest did not come up", thrown.Message);
        Assert.Contains("boot 2 of 3 failed: the guest did not come up", log.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.0, 2, 2)]
    [InlineData(0.5, 2, 5)]
    [InlineData(0.05, 2, 64)]
    public void A_test_takes_as_many_runs_as_a_reliability_needs(double expected, int hits, int misses)
    {
        Assert.Equal((hits, misses), (Until(true), Until(false)));

        int Until(bool isHit)
        {
            var test = new ReliabilityTest(expected);
            for (var i = 1; ; i++)
            {
                test.Count(isHit);
                if (test.IsAsReliable is null) continue;
                Assert.Equal(isHit, test.IsAsReliable);
                return i;
            }
        }
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.3)]
    [InlineData(0.05)]
    public void A_test_is_seldom_wrong(double expected)
    {
        const int Tests = 1000;
        var random = new SplitMix(7);
        Assert.InRange(Accepted(expected), Tests * 0.88, Tests);
        Assert.InRange(Accepted(expected / 3), 0, Tests * 0.12);

        int Accepted(double real)
        {
            var accepted = 0;
            for (var i = 0; i < Tests; i++)
            {
                var test = new ReliabilityTest(expected);
                while (test.IsAsReliable is null) test.Count(Chance(ref random, real));
                if (test.IsAsReliable is true) accepted++;
            }
            return accepted;
        }
    }

    private async Task<Campaign> Minimize(int number, Func<Campaign, Observation?> play)
    {
        var gate = new Lock();
        var guests = Enumerable.Range(0, number).Select(_ => new FakeGuest((campaign, _) => Play(campaign))).ToList();
        var whole = new RealCampaign(CampaignParser.Parse(Long));
        return (await new RealMinimizer(new GuestPool(guests, log), Sought.Key, log).Minimize(whole, default)).Campaign;

        Observation? Play(Campaign campaign)
        {
            lock (gate) return play(campaign);
        }
    }

    private static bool Needs(Campaign campaign)
    {
        var plug = campaign.Operations.ToList().FindIndex(o => o is { Opcode: Opcode.Plug, Slot: 0, Type: DeviceType.Serial });
        return plug >= 0 && !campaign.Operations[plug].WaitsUntilQuiet
            && campaign.Operations.Skip(plug).Any(o => o is { Opcode: Opcode.Unplug, Slot: 0 });
    }

    private static int Rescans(Campaign campaign) => campaign.Operations.Count(o => o.Opcode == Opcode.Rescan);

    private static bool Chance(ref SplitMix random, double chance) => random.Below(10_000) < chance * 10_000;
}
