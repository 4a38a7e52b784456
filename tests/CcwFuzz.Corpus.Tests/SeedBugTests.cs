using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>The bug of the mail thread: the ccw device's DMA pool is destroyed while the virtio device still has a block of it.</summary>
public sealed class SeedBugTests
{
    private const string Minimum = "plug 0 type=scsi\nopen 0\nunplug 0\n";

    [Fact]
    public void Unpinned_stops_in_gen_pool_destroy_as_real_kernels_do()
    {
        var verdict = Run("unpinned", Minimum);
        var violation = Assert.IsType<Violation>(verdict.Violation);
        Assert.Equal(ViolationKind.Pool, violation.Kind);
        Assert.Equal("gen_pool_destroy", violation.Access!.Function);
        Assert.Contains("ccw_device_release", violation.Access.Describe(), StringComparison.Ordinal);
        Assert.Equal("virtio_ccw_online", violation.Allocation!.Function);
        Assert.Equal("pool-gen_pool_destroy-virtio_ccw_online-3866ce4e", verdict.Key);
    }

    [Theory]
    [InlineData("mainline")]
    [InlineData("pre-dma")]
    [InlineData("driver-pin")]
    public void The_other_regimes_are_silent(string variant)
    {
        Assert.True(Run(variant, Minimum).IsClean);
        Assert.True(Run(variant, Minimum + "close 0\n").IsClean);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void No_operation_can_be_left_out(int left)
    {
        var lines = Minimum.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where((_, i) => i != left);
        Assert.True(Run("unpinned", string.Join('\n', lines)).IsClean);
    }

    [Theory]
    [InlineData("blk")]
    [InlineData("rng")]
    public void An_open_disk_or_generator_keeps_nothing_alive(string type)
    {
        Assert.True(Run("unpinned", $"plug 0 type={type}\nopen 0\nunplug 0\nclose 0\n").IsClean);
    }

    [Fact]
    public void It_takes_an_open_disk_and_no_particular_order_of_tearing_down()
    {
        Assert.Equal(ViolationKind.Pool, Run("unpinned", "plug 0 type=scsi\nopen 0\noffline 0\nunplug 0\n").Violation!.Kind);
        Assert.True(Run("unpinned", "plug 0 type=scsi\nopen 0\nclose 0\nunplug 0\n").IsClean);
    }

    [Fact]
    public void Its_bytes_replay_to_the_same_key()
    {
        var bytes = CampaignParser.Parse(Minimum).Encode();
        var target = TargetPool.Of(VariantCatalogue.Resolve("unpinned"));
        Assert.Equal(target.Run(bytes).Key, target.Run(bytes).Key);
        Assert.Equal("pool-gen_pool_destroy-virtio_ccw_online-3866ce4e", target.Run(bytes).Key);
    }

    private static Verdict Run(string variant, string text) =>
        TargetPool.Of(VariantCatalogue.Resolve(variant)).Run(CampaignParser.Parse(text));
}
