using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>Each past defect of Linux shows in its scenario (corpus/defects) when it is switched on, and not when it is off.</summary>
public sealed class DefectTests
{
    private static readonly Dictionary<string, string> Keys = new()
    {
        ["H04"] = "wrong-result-ccw_io_helper",
        ["H06"] = "hang-submit_bio_wait",
        ["H09"] = "protocol-ccw_io_helper",
        ["H10"] = "leak-struct_ccw_device-io_subchannel_allocate_dev",
        ["H11"] = "protocol-virtio_ccw_remove",
        ["H13"] = "use-after-free-struct_virtio_ccw_device-virtio_ccw_online",
        ["H14"] = "protocol-struct_airq_iv",
        ["H16"] = "leak-struct_ccw_device-io_subchannel_allocate_dev",
        ["H17"] = "lost-device-struct_subchannel",
        ["H18"] = "lost-device-struct_ccw_device",
        ["H19"] = "lost-device-struct_subchannel",
        ["H26"] = "lost-device-struct_subchannel",
        ["H28"] = "wrong-result-dev_busid_show",
        ["H32"] = "use-after-free-put_device-virtio_ccw_online",
        ["H35"] = "dma-to-freed-flush_buf-alloc_buf",
        ["H37"] = "protocol-virtio_ccw_kvm_notify",
    };

    public static TheoryData<string> Switches() => [.. Keys.Keys];

    [Fact]
    public void Every_defect_is_here() => Assert.Equal(Defects.Guest.Select(s => s.Id).Order(), Keys.Keys.Order());

    [Theory]
    [MemberData(nameof(Switches))]
    public void A_defect_shows_when_it_is_on_and_only_then(string id)
    {
        var campaign = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "defects", id + ".txt")));
        Assert.StartsWith(Keys[id] + "-", Play(campaign, id).Key, StringComparison.Ordinal);
        var without = Play(campaign);
        Assert.True(without.IsClean, without.Violation?.Message);
    }

    [Theory]
    [MemberData(nameof(Switches))]
    public void Text_and_bytes_are_the_same_campaign(string id)
    {
        var text = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "defects", id + ".txt")));
        Assert.Equal(text.Encode(), File.ReadAllBytes(Repository.PathOf("corpus", "defects", id + ".bin")));
    }

    [Fact]
    public void What_is_no_switch_has_a_reason()
    {
        Assert.All(Defects.NotExpressed, entry => Assert.NotEmpty(entry.Reason));
        Assert.Empty(Defects.NotExpressed.Select(entry => entry.Id).Intersect(Defects.All.Select(s => s.Id)));
    }

    [Fact]
    public void A_shutdown_leaves_the_host_nothing_to_do()
    {
        var campaign = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", "reset-after-shutdown.txt")));
        var target = TargetPool.Traced();
        var verdict = target.Run(campaign);
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        Assert.Contains(target.World.Trace.Lines, line => line.Text == "read: 512");
    }

    private static Verdict Play(Campaign campaign, params string[] defects) =>
        TargetPool.Of(VariantCatalogue.Resolve(defects: defects)).Run(campaign);
}
