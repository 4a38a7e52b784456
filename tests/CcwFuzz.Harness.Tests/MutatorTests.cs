using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Mutators;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Mutators that know what campaigns mean: what they may and may not do.</summary>
public sealed class MutatorTests
{
    private const int Tries = 2000;
    private readonly RecordBuffer other = new();

    [Fact]
    public void A_raw_life_begins_with_a_device_that_linux_ignores()
    {
        foreach (var campaign in Mutations("plug 0 type=blk\nunplug 0\nplug 0 type=blk\n", new InsertRawLife()))
        {
            foreach (var slot in campaign.Operations.Where(o => o.Opcode == Opcode.Raw).Select(o => o.Slot).Distinct())
            {
                var first = campaign.Operations.ToList().FindIndex(o => o.Opcode == Opcode.Raw && o.Slot == slot);
                var before = campaign.Operations.Take(first).Where(o => o.Slot == slot).ToList();
                Assert.Contains(before, o => o is { Opcode: Opcode.CioIgnore, Ignore: IgnoreAction.Add });
                Assert.NotEqual(Opcode.Unplug, before.Last(o => o.Opcode is Opcode.Plug or Opcode.Unplug).Opcode);
                // Linux has the device that was plugged before, until it is purged.
                if (before.FindIndex(o => o.Opcode == Opcode.Plug) < before.FindIndex(o => o.Opcode == Opcode.CioIgnore)
                    && before[^1].Opcode != Opcode.Plug)
                    Assert.Equal(IgnoreAction.Purge, before[^1].Ignore);
            }
        }
    }

    [Fact]
    public void A_raw_life_has_its_commands_in_a_drivers_order_and_mostly_right()
    {
        var order = new[] { RawCommand.SetRev, RawCommand.SetVq, RawCommand.SetConfInd, RawCommand.WriteStatus };
        var lives = Mutations("", new InsertRawLife())
            .ConvertAll(c => c.Operations.Where(o => o.Opcode == Opcode.Raw).SkipLast(1).ToList());
        Assert.All(lives, life =>
        {
            var places = order.Select(o => life.FindIndex(one => one.RawCommand == o)).Where(place => place >= 0).ToList();
            Assert.Equal(places.Order(), places);
        });
        var forms = lives.SelectMany(life => life).Select(o => o.RawForm).ToList();
        Assert.True(forms.Count(f => f is RawForm.Right or RawForm.Filled) > forms.Count * 3 / 4);
        Assert.Equal(RawNames.Forms.Count, forms.Distinct().Count());
    }

    [Fact]
    public void Every_pair_of_a_command_and_a_form_is_reached_from_one_command()
    {
        var pairs = new HashSet<(RawCommand, RawForm)>();
        var random = new SplitMix(1);
        var (buffer, mutator) = (new RecordBuffer(), new VaryRaw());
        buffer.Load(CampaignParser.Parse("raw 0\n").Encode());
        for (var i = 0; i < 100 * Tries; i++)
        {
            mutator.Mutate(buffer, other, ref random);
            foreach (var operation in Campaign.Decode(buffer.Bytes).Operations) pairs.Add((operation.RawCommand, operation.RawForm));
            if (buffer.Operations > 4) buffer.Remove(0, 2);
        }
        Assert.Equal(RawNames.Commands.Count * RawNames.Forms.Count, pairs.Count);
    }

    [Fact]
    public void A_campaign_without_raw_programs_has_none_to_vary() =>
        Assert.Empty(Mutations("plug 0\nopen 0\n", new VaryRaw()));

    [Fact]
    public void An_operation_on_the_same_device_starts_within_the_one_before()
    {
        var lengths = new OperationLengths();
        lengths.Learn(CampaignParser.Parse("plug 2 type=net\n"), [10, 380]);
        foreach (var campaign in Mutations("plug 2 type=net\nopen 2\n", new OverlapOnDevice(lengths)))
        {
            var changed = campaign.Operations[0].Run > 0 ? 0 : 1;
            Assert.Equal(3, campaign.Operations.Count);
            Assert.True(campaign.Operations[changed].Run > 0);
            var added = campaign.Operations[changed + 1];
            Assert.True(added.Slot == 2 || !OperationCatalogue.Of(added.Opcode).HasSlot);
            Assert.Equal(0, added.Run);
        }
    }

    [Fact]
    public void A_sweep_comes_to_every_moment_of_an_operation_whose_length_is_known()
    {
        const int Length = 90;
        var lengths = new OperationLengths();
        lengths.Learn(CampaignParser.Parse("plug 0 type=net\n"), [10, 10 + Length]);
        var moments = Mutations("plug 0 type=net\nopen 0\n", new SweepOverlap(lengths)).ConvertAll(c => (int)c.Operations[0].Run);
        Assert.Equal(Enumerable.Range(1, Length), moments.Distinct().Where(moment => moment <= Length).Order());
        Assert.True(moments.Count(moment => moment <= Length) > moments.Count * 3 / 4);
    }

    [Fact]
    public void A_sweep_leaves_operations_on_different_devices_alone() =>
        Assert.Empty(Mutations("plug 0\nplug 1\n", new SweepOverlap(new OperationLengths())));

    [Fact]
    public void What_others_overlap_says_nothing_of_a_length()
    {
        var lengths = new OperationLengths();
        lengths.Learn(CampaignParser.Parse("plug 0 run=5\nunplug 0\nplug 0\n"), [0, 5, 900, 903]);
        var random = new SplitMix(1);
        var (shortPlugs, lateUnplugs) = (0, 0);
        for (var i = 0; i < Tries; i++)
        {
            if (lengths.Moment(new Operation(Opcode.Plug), ref random) <= 3) shortPlugs++;
            if (lengths.Moment(new Operation(Opcode.Unplug), ref random) > 448) lateUnplugs++;
        }
        Assert.True(shortPlugs > Tries * 3 / 4);
        Assert.True(lateUnplugs < Tries / 4, $"{lateUnplugs}"); // more than a third if it were known to take 895 points
    }

    private List<Campaign> Mutations(string text, IMutator mutator)
    {
        var random = new SplitMix(7);
        var before = text.Length == 0 ? [] : CampaignParser.Parse(text).Encode();
        var made = new List<Campaign>();
        for (var i = 0; i < Tries; i++)
        {
            var buffer = new RecordBuffer();
            buffer.Load(before);
            if (mutator.Mutate(buffer, other, ref random)) made.Add(Campaign.Decode(buffer.Bytes));
        }
        return made;
    }
}
