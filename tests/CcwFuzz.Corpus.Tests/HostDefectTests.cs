using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>Each past defect of the host is shown by its scenario when it is there, and by nothing when it is not.</summary>
public sealed class HostDefectTests
{
    [Theory]
    [InlineData("H38", "protocol-css_subch_assign")]
    [InlineData("H39", "host-assert-virtio_ccw_stop_ioeventfd")]
    [InlineData("H40", "host-assert-object_unparent")]
    [InlineData("H41a", "protocol-virtio_ccw_reset")]
    [InlineData("H41b", "protocol-virtio_ccw_cb")]
    [InlineData("H43a", "host-assert-virtio_queue_set_rings")]
    [InlineData("H43b", "host-assert-virtio_queue_get_num")]
    [InlineData("H44a", "host-assert-virtio_queue_notify")]
    [InlineData("H44b", "host-assert-css_find_subch")]
    [InlineData("H47", "protocol-css_do_xsch")]
    [InlineData("H49a", "livelock-raw_channel_program")]
    [InlineData("H49b", "protocol-sch_handle_start_func_virtual")]
    [InlineData("H50a", "protocol-sch_handle_start_func_virtual")]
    [InlineData("H50b", "protocol-sch_handle_start_func_virtual")]
    [InlineData("H50c", "protocol-sch_handle_start_func_virtual")]
    [InlineData("H50d", "protocol-sch_handle_start_func_virtual")]
    [InlineData("H51", "protocol-build_irb_virtual")]
    [InlineData("H52", "protocol-virtio_ccw_reset")]
    [InlineData("H54", "lost-device-struct_subchannel")]
    [InlineData("H55a", "dma-to-freed-vring_avail_idx-vring_alloc_queue_split")]
    [InlineData("H55b", "leak-virtio_del_queue")]
    [InlineData("H55c", "host-assert-vring_get_region_caches")]
    [InlineData("H58a", "protocol-virtio_ccw_cb")]
    [InlineData("H58b", "host-assert-css_adapter_interrupt")]
    [InlineData("H58c", "protocol-ccw_dstream_residual_count")]
    public void A_defect_is_shown_by_its_scenario(string id, string key)
    {
        var version = id.StartsWith("H58", StringComparison.Ordinal) ? "qnew" : "q72";
        var campaign = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "defects", id + ".txt")));
        var with = TargetPool.Of(VariantCatalogue.Resolve(defects: [id], hostVersion: version)).Run(campaign);
        Assert.StartsWith(key + "-", with.Key, StringComparison.Ordinal);
        var without = TargetPool.Of(VariantCatalogue.Resolve(hostVersion: version)).Run(campaign);
        Assert.True(without.IsClean, without.Violation?.Message);
    }

    [Fact]
    public void Each_defect_of_the_host_has_a_scenario() =>
        Assert.All(Defects.Host, one => Assert.True(File.Exists(Repository.PathOf("corpus", "defects", one.Id + ".txt")), one.Id));

    [Fact]
    public void Defects_do_not_show_where_others_are_looked_for()
    {
        // What is the same in every scenario with every other defect: no difference from the tables but its own.
        foreach (var one in Defects.Host)
        {
            var target = TargetPool.Of(VariantCatalogue.Resolve(defects: [one.Id]));
            foreach (var seed in (string[])["life-rng", "raw-programs"])
            {
                var text = File.ReadAllText(Repository.PathOf("corpus", "seeds", seed + ".txt"));
                Assert.False(target.Run(CampaignParser.Parse(text)).IsModelError, $"{one.Id} in {seed}");
            }
        }
    }

    [Theory]
    [InlineData("H58a", "raw 0 cmd=set-rev\nraw 0 cmd=set-ind\nraw 0 cmd=set-ind\n")]
    [InlineData("H58c", "raw 0 cmd=set-ind how=long-sli\nraw 0 cmd=read-conf\n")]
    public void What_the_old_host_always_does_is_reported_on_request(string id, string text)
    {
        var campaign = CampaignParser.Parse("cio-ignore 0\nplug 0 type=blk\n" + text);
        Assert.True(TargetPool.Of().Run(campaign).IsClean);
        Assert.StartsWith("protocol-", TargetPool.Of(VariantCatalogue.Resolve(defects: [id])).Run(campaign).Key, StringComparison.Ordinal);
    }

    /// <summary>device.c: io_subchannel_probe() cannot enable the busy subchannel; its removal follows private data it never got.</summary>
    [Fact]
    public void A_subchannel_that_stays_busy_is_not_enabled()
    {
        const string Text = "plug 0\nunbind-ccw 0\nbind-keeper 0\nonline 0\nkeeper-io 0 do=suspend\nreset\n";
        var target = TargetPool.Of(VariantCatalogue.Resolve(defects: ["H52"]));
        Assert.StartsWith("null-access-io_subchannel_remove-", target.Run(CampaignParser.Parse(Text)).Key, StringComparison.Ordinal);
        Assert.True(TargetPool.Of().Run(CampaignParser.Parse(Text)).IsClean);
    }

    /// <summary>The lost device is what Linux makes of H54; this is what the instruction itself answers.</summary>
    [Fact]
    public void A_scan_ends_too_early()
    {
        const string Text = "plug 0\ncio-ignore 1\nplug 1\nunplug 0\nraw 1 how=scan\n";
        var target = TargetPool.Of(VariantCatalogue.Resolve(defects: ["H54"]));
        Assert.StartsWith("protocol-css_schid_final-", target.Run(CampaignParser.Parse(Text)).Key, StringComparison.Ordinal);
        Assert.True(TargetPool.Of().Run(CampaignParser.Parse(Text)).IsClean);
    }
}
