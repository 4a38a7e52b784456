using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Simulation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CcwFuzz.Target.Tests.Campaigns;

/// <summary>The text form: readable, equivalent to the bytes, precise about mistakes.</summary>
public class CampaignTextTests
{
    private const string Example = """
        # teardown while a SCSI disk is still open
        plug 0 type=scsi
        open 0
        unplug 0 run=35            # the next operation starts 34 points later
          switch at=17 to=2
          fail alloc=3 kind=dma
        close 0
        """;

    [Fact]
    public void Text_is_equivalent_to_the_bytes()
    {
        var bytes = Gen.Choose(0, 90)
            .SelectMany(n => Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(n * RecordCodec.Stride))
            .ToArbitrary();
        Prop.ForAll(bytes, b =>
        {
            var campaign = Campaign.Decode(b);
            var text = campaign.ToString();
            return CampaignParser.Parse(text).Equals(campaign) && CampaignParser.Parse(text).ToString() == text;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_example_means_what_it_says()
    {
        var campaign = CampaignParser.Parse(Example);
        Assert.Equal(
            [
                new Operation(Opcode.Plug, 0, (ushort)DeviceType.Scsi),
                new Operation(Opcode.Open),
                new Operation(Opcode.Unplug, Run: 35),
                new Operation(Opcode.Close),
            ],
            campaign.Operations);
        Assert.Equal([new Deviation(2, 17, 2)], campaign.Deviations);
        Assert.Equal([new Fault(2, AllocationKind.Dma, 3)], campaign.Faults);
        Assert.Equal(34, campaign.Operations[2].Points);
        Assert.True(campaign.Operations[0].WaitsUntilQuiet);
    }

    [Fact]
    public void Defaults_are_left_out_when_writing() => Assert.Equal(
        "plug 1\nread 1\nwait\nkick 2 queue=3\nunplug 1 run=1\n  fail alloc=1\n  switch at=0\n",
        CampaignParser.Parse("plug 1 type=rng devno=0x1334 run=0\nREAD 1 sector=0 sectors=1\nwait\nkick 2 queue=3\n"
            + "unplug 1 run=1\nswitch at=0 to=1\nfail alloc=0x1 kind=heap").ToString());

    [Fact]
    public void A_device_can_have_the_usual_number_of_another_slot()
    {
        var operation = CampaignParser.Parse("plug 1 type=blk devno=0x1234").Operations[0];
        Assert.Equal(0x1234, operation.Devno);
        Assert.Equal("plug 1 type=blk devno=0x1234", CampaignText.Write(operation));
        Assert.Equal(operation, CampaignParser.Parse("plug 1 type=blk devno=1234").Operations[0]);
    }

    [Theory]
    [InlineData("plug 0\n\n  plgu 1", 3, 3, "unknown operation 'plgu'; expected one of plug, unplug,", "did you mean 'plug'?")]
    [InlineData("plug", 1, 6, "'plug' needs a slot; expected a number from 0 to 3", "")]
    [InlineData("plug 4", 1, 6, "'4' is no slot", "from 0 to 3")]
    [InlineData("plug type=rng", 1, 6, "'type=rng' is no slot", "")]
    [InlineData("plug 0 type=tape", 1, 13, "'tape' is no type; expected one of rng, blk, scsi, net, serial, balloon", "")]
    [InlineData("plug 0 type=scis", 1, 13, "'scis' is no type", "did you mean 'scsi'?")]
    [InlineData("plug 0 devno=0x9999", 1, 14, "'0x9999' is no devno; expected one of 0x1234, 0x1334, 0x1434, 0x1534", "")]
    [InlineData("plug 0 queue=1", 1, 8, "'plug' has no 'queue'; expected one of type=, devno=, run=", "")]
    [InlineData("plug 0 scsi", 1, 8, "'scsi' is no argument; expected name=value", "")]
    [InlineData("plug 0 type=rng type=blk", 1, 17, "'type' is given twice", "")]
    [InlineData("unplug 0 run=70000", 1, 14, "'70000' is no run; expected a number from 0 to 65535", "")]
    [InlineData("unplug 0 run=-1", 1, 14, "'-1' is no run", "")]
    [InlineData("settle 0", 1, 8, "'0' is no argument", "")]
    [InlineData("# x\nswitch at=1", 2, 1, "'switch' belongs to the operation before it, but there is none", "")]
    [InlineData("plug 0\n switch to=1", 2, 14, "'switch' needs at=; expected a number from 0 to 65535", "")]
    [InlineData("plug 0\n switch at=1 to=0", 2, 17, "'0' is no to; expected a number from 1 to 255", "")]
    [InlineData("plug 0\n fail kind=dma", 2, 16, "'fail' needs alloc=", "")]
    [InlineData("plug 0\n fail alloc=1 kind=dam", 2, 20, "'dam' is no kind; expected one of heap, dma, ring", "did you mean 'dma'?")]
    public void A_mistake_is_named_with_its_place(string text, int line, int column, string problem, string more)
    {
        var mistake = Assert.Throws<CampaignSyntaxException>(() => CampaignParser.Parse(text));
        Assert.Equal((line, column), (mistake.Line, mistake.Column));
        Assert.Contains(problem, mistake.Message, StringComparison.Ordinal);
        Assert.Contains(more, mistake.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', mistake.Message);
    }

    [Fact]
    public void Too_many_operations_are_a_mistake()
    {
        var mistake = Assert.Throws<CampaignSyntaxException>(() => CampaignParser.Parse(string.Concat(Enumerable.Repeat("settle\n", 65))));
        Assert.Equal(65, mistake.Line);
        Assert.Contains("more than 64 operations", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_a_campaign_or_a_named_mistake() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        text =>
        {
            try
            {
                CampaignParser.Parse(text ?? "");
            }
            catch (CampaignSyntaxException e)
            {
                return e.Line >= 1 && e.Column >= 1;
            }
            return true;
        }).QuickCheckThrowOnFailure();
}
