using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>References between the folders of src/Target/Linux point one way, as those of the kernel do.</summary>
public sealed class LinuxLayerTests
{
    /// <summary>The class GuestKernel, beside the folders, is what everything above the driver core can reach.</summary>
    private static readonly Layers Linux = new(
        "src/Target/Linux", "CcwFuzz.Target.Linux",
        [["Kernel"], ["DriverCore"], [Layers.Beside], ["Cio", "Virtio"], ["Drivers", "VirtioCcw"]]);

    [Fact]
    public void Nothing_in_Linux_refers_upward() => Nothing(Linux.UpwardReferences());

    [Fact]
    public void Every_folder_of_Linux_has_its_place_in_the_order() => Nothing(Linux.Misplaced());

    [Theory]
    [InlineData("Cio", "using CcwFuzz.Target.Linux.Drivers;", "Cio must not know Drivers")]
    [InlineData("Kernel", "using CcwFuzz.Target.Linux.DriverCore;", "Kernel must not know DriverCore")]
    [InlineData("DriverCore", "private readonly GuestKernel kernel;", "DriverCore must not know GuestKernel")]
    [InlineData(null, "using CcwFuzz.Target.Linux.Cio;", "what is beside the folders must not know Cio")]
    public void A_reference_upward_is_seen(string? folder, string line, string problem) =>
        Assert.Equal([problem], Linux.UpwardReferences(folder, line));

    [Theory]
    [InlineData("Cio", "private readonly GuestKernel kernel;")]
    [InlineData(null, "using CcwFuzz.Target.Linux.DriverCore;")]
    public void Other_lines_are_no_reference_upward(string? folder, string line) => Assert.Empty(Linux.UpwardReferences(folder, line));

    [Fact]
    public void Host_devices_and_guest_drivers_share_no_names()
    {
        var hosts = Names("src/Target/Hypervisor");
        Assert.NotEmpty(hosts);
        Assert.Empty(hosts.Intersect(Names("src/Target/Linux")));
    }

    private static IEnumerable<string> Names(string folder) => SourceCode.Files(folder).Select(f => Path.GetFileName(f).Split('.')[0]);

    private static void Nothing(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));
}
