using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Cio;

/// <summary>The seeds, and a few schedules near theirs, reach every cell of the state machine that this host can reach.</summary>
/// <remarks>The table is that of device-stack.md section 5.</remarks>
public sealed class FsmCoverageTests
{
    private const int Walks = 4;
    private const string WithSense = "the host gives the sense data with every unit check, so no basic sense is needed";
    private const string NoPathGroup =
        "the host's devices reject SENSE PGID; a verification that begins while a device goes offline looks like a group to it";
    private const string NotMeasured = "no operation writes cmb_enable: channel measurements are never switched on";
    private const string Disabled = "ccw_device_done() disabled the subchannel, which fails only while the host works on a function";
    private const string AtOnce =
        "XSCH cancels what is suspended, and everything else ended within its instruction: no interrupt is waited for";

    /// <summary>The cells that are not reached on host bql, and why not.</summary>
    private static readonly (DevState State, DevEvent Happened, string Reason)[] Unreachable =
    [
        (DevState.NotOper, DevEvent.Interrupt, Disabled),
        (DevState.Offline, DevEvent.Interrupt, Disabled),
        (DevState.Boxed, DevEvent.Interrupt, Disabled),
        (DevState.Quiesce, DevEvent.Interrupt, AtOnce),
        .. AllEvents(DevState.W4Sense, WithSense),
        .. AllEvents(DevState.DisbandPgid, NoPathGroup),
        .. AllEvents(DevState.CmfChange, NotMeasured),
        .. AllEvents(DevState.CmfUpdate, NotMeasured),
    ];

    private static readonly Lazy<(FsmCells Cells, HashSet<SchAction> Actions)> Seeds = new(PlaySeeds);

    [Fact]
    public void Every_cell_is_reached_unless_it_is_listed()
    {
        var missing = Cells().Where(c => !IsListed(c.State, c.Happened) && !Seeds.Value.Cells.Contains(c.State, c.Happened)).ToList();
        Assert.True(missing.Count == 0, string.Join(", ", missing));
    }

    [Fact]
    public void No_listed_cell_is_reached()
    {
        var reached = Unreachable.Where(c => Seeds.Value.Cells.Contains(c.State, c.Happened)).ToList();
        Assert.True(reached.Count == 0, string.Join(", ", reached));
    }

    [Fact]
    public void The_list_names_each_cell_once_with_a_reason()
    {
        Assert.Equal(Unreachable.Length, Unreachable.Select(c => (c.State, c.Happened)).Distinct().Count());
        Assert.All(Unreachable, c => Assert.NotEmpty(c.Reason));
        Assert.Equal((FsmCells.States * FsmCells.Events) - Unreachable.Length, Seeds.Value.Cells.Count);
    }

    /// <summary>
    /// A host that performs functions later reaches these as well. (BOXED, interrupt) stays out of reach: a request times out only
    /// when its function was cancelled, so nothing is left to end when the device is boxed.
    /// </summary>
    [Theory]
    [InlineData("deferred-interrupt-when-gone", nameof(DevState.NotOper))]
    [InlineData("deferred-interrupt-while-quiet", nameof(DevState.Quiesce))]
    [InlineData("deferred-interrupt-of-an-older-device", nameof(DevState.Offline))]
    public void A_deferred_host_interrupts_in_more_states(string seed, string state)
    {
        var campaign = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", seed + ".txt")));
        var cells = CampaignPlayer.PlayToTheEnd([(campaign, 0)], "deferred").Single().Cio.ReachedCells;
        Assert.True(cells.Contains(Enum.Parse<DevState>(state), DevEvent.Interrupt));
    }

    [Fact]
    public void Every_action_on_a_subchannel_is_taken() =>
        Assert.All(Enum.GetValues<SchAction>(), a => Assert.Contains(a, Seeds.Value.Actions));

    private static IEnumerable<(DevState State, DevEvent Happened)> Cells() =>
        from state in Enum.GetValues<DevState>() from happened in Enum.GetValues<DevEvent>() select (state, happened);

    private static (DevState State, DevEvent Happened, string Reason)[] AllEvents(DevState state, string reason) =>
        [.. Enum.GetValues<DevEvent>().Select(e => (state, e, reason))];

    private static bool IsListed(DevState state, DevEvent happened) =>
        Unreachable.Any(c => c.State == state && c.Happened == happened);

    /// <summary>Each seed on its own schedule, and on others near it: where a cell takes two events at once, a point matters.</summary>
    private static (FsmCells Cells, HashSet<SchAction> Actions) PlaySeeds()
    {
        var (cells, actions) = (new FsmCells(), new HashSet<SchAction>());
        var runs =
            from file in Directory.EnumerateFiles(Repository.PathOf("corpus", "seeds"), "*.txt").Order(StringComparer.Ordinal)
            let campaign = CampaignParser.Parse(File.ReadAllText(file))
            from walk in Enumerable.Range(0, Walks + 1)
            select (campaign, walk);
        foreach (var stack in CampaignPlayer.PlayToTheEnd(runs))
        {
            cells.Add(stack.Cio.ReachedCells);
            actions.UnionWith(stack.Cio.ReachedActions);
        }
        return (cells, actions);
    }
}
