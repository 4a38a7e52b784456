using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Devices;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Devices;

/// <summary>The catalogue of device types is whole, and what is not in it is a mistake.</summary>
public sealed class DeviceCatalogueTests
{
    public static TheoryData<DeviceType> Types { get; } = [.. Enum.GetValues<DeviceType>()];

    [Fact]
    public void Every_type_has_its_entry_in_the_order_of_the_numbers() =>
        Assert.Equal(Enum.GetValues<DeviceType>(), DeviceCatalogue.All.Select(e => e.Type));

    [Fact]
    public void Names_are_names_of_one_type()
    {
        Assert.Equal(DeviceCatalogue.All.Count, DeviceCatalogue.Names.Distinct().Count());
        Assert.Equal(DeviceCatalogue.All.Count, DeviceCatalogue.All.Select(e => e.QemuName).Distinct().Count());
        Assert.Equal(DeviceCatalogue.Names, OperationCatalogue.Of(Opcode.Plug).A!.ValueNames);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_comes_up_with_its_driver_and_goes(DeviceType type)
    {
        var plug = $"plug 0 type={DeviceCatalogue.Of(type).Name}\n";
        var verdict = TargetPool.Of().Run(CampaignParser.Parse(plug + "sysfs-read 0\noffline 0\nunplug 0\n"));
        Assert.True(verdict.IsClean, verdict.Title);
        var trace = Trace(plug);
        Assert.Contains(trace, line => line.StartsWith("probe virtio0 with ", StringComparison.Ordinal));
        Assert.DoesNotContain(trace, line => line.Contains(" failed (", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_type_has_a_node_if_its_entry_says_so(DeviceType type)
    {
        var entry = DeviceCatalogue.Of(type);
        var port = type == DeviceType.Serial ? "port 0\n" : "";
        var campaign = CampaignParser.Parse($"plug 0 type={entry.Name}\n{port}open 0\n");
        var target = TargetPool.Of();
        var verdict = target.Run(campaign);
        Assert.Equal(entry.Node.Length == 0, target.WithoutEffect(campaign, in verdict).Any(p => p.Text == "open 0"));
    }

    [Fact]
    public void A_type_that_is_not_there_is_a_mistake() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DeviceCatalogue.Of((DeviceType)DeviceCatalogue.All.Count));

    [Fact]
    public void The_documentation_names_every_type()
    {
        var document = File.ReadAllText(Repository.PathOf("docs", "campaigns.md"));
        Assert.Contains($"[type={string.Join(@"\|", DeviceCatalogue.Names)}]", document, StringComparison.Ordinal);
    }

    private static List<string> Trace(string text)
    {
        var target = TargetPool.Traced();
        target.Run(CampaignParser.Parse(text));
        return [.. target.World.Trace.Lines.Select(line => line.Text)];
    }
}
