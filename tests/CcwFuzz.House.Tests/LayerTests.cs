using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>References between folders point one way.</summary>
public class LayerTests
{
    /// <summary>The model: checks observe, variants are read, the host and the guest see each other through the channel only.</summary>
    private static readonly Layers Target = new(
        "src/Target", "CcwFuzz.Target",
        [["Simulation", "Variants"], ["Memory"], ["Channel"], ["Hypervisor", "Linux"], ["Checks", "Devices"], ["Campaigns"]],
        "FuzzTarget", "Verdict", "FindingKey");

    /// <summary>The command line: what everybody uses is at the bottom, the verbs are on top.</summary>
    private static readonly string[][] HarnessOrder =
    [
        ["Contract"], ["Output"], ["Inputs"], ["Configuration"], ["Findings"], ["Minimization"], ["Explanation"], ["Engine"], ["Triage"],
        ["Benchmarks"], ["Backends"], ["Reporting"], ["Comparison"], ["Commands"],
    ];

    private static readonly Layers Harness = new("src/Harness", "CcwFuzz.Harness", HarnessOrder, "HarnessApp", "Program");

    [Fact]
    public void Nothing_in_Target_refers_upward() => Nothing(Target.UpwardReferences());

    [Fact]
    public void Nothing_in_Harness_refers_upward() => Nothing(Harness.UpwardReferences());

    [Fact]
    public void Every_folder_has_its_place_in_the_order() => Nothing(Target.Misplaced().Concat(Harness.Misplaced()));

    [Fact]
    public void An_order_that_is_upside_down_is_seen()
    {
        var upsideDown = new Layers("src/Harness", "CcwFuzz.Harness", [.. HarnessOrder.Reverse()], "HarnessApp", "Program");
        Assert.Contains(upsideDown.UpwardReferences(), p => p.Contains("Commands must not know Engine", StringComparison.Ordinal));
        Assert.Contains(upsideDown.UpwardReferences(), p => p.Contains("Engine must not know Contract", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_without_a_place_and_a_place_without_a_folder_are_seen()
    {
        var order = new Layers("src/Harness", "CcwFuzz.Harness", [.. HarnessOrder[1..], ["Nowhere"]]);
        Assert.Contains("src/Harness/Contract has no place in the order of references", order.Misplaced());
        Assert.Contains("src/Harness/Nowhere has a place in the order, and does not exist", order.Misplaced());
    }

    [Theory]
    [InlineData("Hypervisor", "using CcwFuzz.Target.Linux.Cio;", "Hypervisor must not know Linux")]
    [InlineData("Channel", "using static CcwFuzz.Target.Linux.Cio.CcwDevice;", "Channel must not know Linux")]
    [InlineData("Memory", "var x = new Linux.Cio.CcwDevice();", "Memory must not know Linux")]
    [InlineData("Memory", "var x = new Target.Campaigns.Campaign();", "Memory must not know Campaigns")]
    [InlineData("Linux", "FuzzTarget target;", "Linux must not know FuzzTarget")]
    [InlineData(null, "using CcwFuzz.Target.Memory;", "what is beside the folders must not know Memory")]
    public void A_reference_upward_is_seen(string? folder, string line, string problem) =>
        Assert.Equal([problem], Target.UpwardReferences(folder, line));

    [Theory]
    [InlineData("Linux", "using CcwFuzz.Target.Channel;")]
    [InlineData("Linux", "using CcwFuzz.Target.Linux.Cio;")]
    [InlineData("Channel", "plan.Campaigns.Campaign();")]
    [InlineData("Channel", "Campaigns.Count(c => c > 0);")]
    public void Other_lines_are_no_reference_upward(string folder, string line) => Assert.Empty(Target.UpwardReferences(folder, line));

    private static void Nothing(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));
}
