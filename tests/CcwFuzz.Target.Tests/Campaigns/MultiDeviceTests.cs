using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Campaigns;

/// <summary>Four devices, one of each type, live side by side and go in any order: on a simple schedule nothing is left.</summary>
public sealed class MultiDeviceTests
{
    private const string Start =
        """
        plug 0
        plug 1 type=blk
        plug 2 type=scsi
        plug 3 type=balloon
        open 0
        open 1
        open 2
        read 0
        write 1 sector=3
        write 2 sector=5
        config-change 3 pages=300
        stats 3
        read 1 sector=3
        read 2 sector=5

        """;

    private const string Quiet = "config-change 3\nclose 0\nclose 1\nclose 2\n";
    private const string CloseLater = "close 2\nclose 1\nclose 0\n";
    private readonly FuzzTarget target = TargetPool.Of();

    [Fact]
    public void They_go_in_any_order()
    {
        foreach (var order in Orders()) AssertClean(Start + Quiet + Each("unplug", order));
    }

    [Fact]
    public void They_go_in_any_order_while_their_nodes_are_open()
    {
        foreach (var order in Orders()) AssertClean(Start + "config-change 3\n" + Each("unplug", order) + CloseLater);
    }

    [Fact]
    public void They_go_all_at_once_in_any_order()
    {
        foreach (var order in Orders())
            AssertClean(Start + Quiet + Each("unplug", order).Replace("\n", " run=1\n", StringComparison.Ordinal));
    }

    [Fact]
    public void They_go_offline_come_back_and_go_in_any_order()
    {
        foreach (var order in Orders())
            AssertClean(Start + Quiet + Each("offline", order) + Each("online", order) + Each("unbind", order) + Each("bind", order)
                + Each("unplug", order));
    }

    [Fact]
    public void They_go_in_any_order_with_indicators_in_two_areas_or_none()
    {
        foreach (var order in Orders())
        {
            AssertClean("crowd bits=2045\n" + Start + Quiet + Each("unplug", order));
            AssertClean("crowd bits=40960\n" + Start + Quiet + Each("unplug", order));
        }
    }

    [Fact]
    public void An_inflated_balloon_hangs_whatever_goes_before_it()
    {
        // tell_host() waits for a broken queue, in the only worker that could unregister the devices that go after it.
        foreach (var order in Orders())
        {
            var verdict = target.Run(CampaignParser.Parse(Start + "close 0\nclose 1\nclose 2\n" + Each("unplug", order)));
            Assert.StartsWith("hang-tell_host-", verdict.Key, StringComparison.Ordinal);
        }
    }

    private void AssertClean(string campaign)
    {
        var verdict = target.Run(CampaignParser.Parse(campaign));
        Assert.True(verdict.IsClean, $"{verdict.Violation?.Message}\n{campaign}");
    }

    private static string Each(string operation, int[] order) => string.Concat(order.Select(slot => $"{operation} {slot}\n"));

    private static IEnumerable<int[]> Orders() =>
        from a in Enumerable.Range(0, 4)
        from b in Enumerable.Range(0, 4)
        from c in Enumerable.Range(0, 4)
        where a != b && a != c && b != c
        select (int[])[a, b, c, 6 - a - b - c];
}
