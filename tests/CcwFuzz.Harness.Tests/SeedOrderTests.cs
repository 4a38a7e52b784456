using CcwFuzz.Harness.Engine;
using CcwFuzz.Target.Campaigns;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Which seeds are played first.</summary>
public class SeedOrderTests
{
    private static readonly string[] Seeds =
    [
        "plug 0\nunplug 0\nplug 0\nunplug 0\n",
        "plug 0\nunplug 0\n", // nothing that the one before has not
        "settle\nplug 0\nopen 0\nread 0\nclose 0\nunplug 0\n", // many kinds for its length
        "plug 0\nopen 0\n",
    ];

    [Fact]
    public void What_shows_much_for_its_length_comes_first_and_what_shows_nothing_new_last()
    {
        var order = SeedOrder.Of(Encoded(Seeds)).Select(s => Campaign.Decode(s).ToString()).ToList();
        Assert.Equal(Text(Seeds[2]), order[0]);
        Assert.Equal(Text(Seeds[1]), order[^1]);
        Assert.Equal(Seeds.Select(Text).Order(StringComparer.Ordinal), order.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Seeds_that_show_the_same_are_ordered_by_length()
    {
        string[] same = [.. new[] { 9, 4, 2 }.Select(n => string.Concat(Enumerable.Repeat("settle\n", n)))];
        var order = SeedOrder.Of(Encoded(same));
        Assert.Equal([2, 4, 9], order.Select(s => s.Length / RecordCodec.Stride));
    }

    [Fact]
    public void The_order_depends_on_the_inputs_alone()
    {
        var one = SeedOrder.Of(Encoded(Seeds));
        Assert.Equal(one, SeedOrder.Of(Encoded(Seeds)));
    }

    [Fact]
    public void Bytes_that_are_no_whole_record_and_no_bytes_have_a_place()
    {
        byte[][] odd = [[1, 2, 3], [], [.. new byte[8], 9]];
        Assert.Equal(3, SeedOrder.Of(odd).Count);
    }

    [Fact]
    public void A_few_seeds_are_all_played_first_and_of_many_an_eighth()
    {
        Assert.True(SeedOrder.FirstOf(3) >= 3);
        Assert.Equal(61, SeedOrder.FirstOf(489));
    }

    private static string Text(string campaign) => CampaignParser.Parse(campaign).ToString();

    private static byte[][] Encoded(string[] campaigns) => [.. campaigns.Select(c => CampaignParser.Parse(c).Encode())];
}
