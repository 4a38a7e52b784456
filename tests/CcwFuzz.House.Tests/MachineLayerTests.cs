using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>References between the folders of src/Machine point one way.</summary>
public sealed class MachineLayerTests
{
    /// <summary>Sockets and programs are at the bottom, playing a campaign is on top.</summary>
    private static readonly string[][] Order = [["Io"], ["Logs"], ["Agent"], ["Guests"], ["Qemu"], ["Play"]];

    private static readonly Layers Machine = new("src/Machine", "CcwFuzz.Machine", Order);

    [Fact]
    public void Nothing_in_Machine_refers_upward() => Nothing(Machine.UpwardReferences());

    [Fact]
    public void Every_folder_of_Machine_has_its_place_in_the_order() => Nothing(Machine.Misplaced());

    [Fact]
    public void No_file_of_Machine_stands_beside_the_folders() =>
        Assert.All(Files(), f => Assert.Contains(f.Split('/')[2], Order.SelectMany(level => level)));

    [Fact]
    public void Only_playing_knows_what_a_campaign_is()
    {
        var knowing = Files().Where(f => SourceCode.Lines(f).Any(l => l.Text.Contains("CcwFuzz.Target", StringComparison.Ordinal)));
        Assert.Equal(["Play"], knowing.Select(f => f.Split('/')[2]).Distinct());
    }

    [Fact]
    public void An_order_of_Machine_that_is_upside_down_is_seen()
    {
        var upsideDown = new Layers("src/Machine", "CcwFuzz.Machine", [.. Order.Reverse()]);
        Assert.Contains(upsideDown.UpwardReferences(), p => p.Contains("Play must not know Qemu", StringComparison.Ordinal));
    }

    private static List<string> Files() => SourceCode.Files("src/Machine");

    private static void Nothing(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));
}
