using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>What Linux 6.1.192 does in the seeds' scenarios, each traced back to the kernel's text.</summary>
public sealed class KnownBehaviourTests
{
    [Theory]
    // css.c, device.c: a second CDEV_TODO_UNREG of the old device detaches the new one from the subchannel.
    [InlineData("replug-same-subchannel", "hang-ccw_device_set_online")]
    [InlineData("replug-other-devno", "hang-ccw_device_set_online")]
    // virtio_ccw.c: out_free of virtio_ccw_online() leaves drvdata pointing to what it freed.
    [InlineData("unplug-before-auto-online", "use-after-free-virtio_grab_drvdata-virtio_ccw_online")]
    // virtio_ccw.c: del_vqs after a failed set-up follows airq_info, which was never set.
    [InlineData("unplug-during-driver-probe", "null-access-virtio_ccw_drop_indicator")]
    [InlineData("no-memory-for-queues", "null-access-virtio_ccw_drop_indicator")]
    // virtio_ccw.c: remove skips a device that is not online yet, and nobody else unregisters it.
    [InlineData("unbind-ccw-during-online", "leak-struct_virtio_ccw_device-virtio_ccw_online")]
    // device_ops.c: a start during verification is only pretended, and virtio_ccw_reset() does not look at the result.
    [InlineData("rescan-during-offline", "dma-to-freed-virtio_ccw_notify-virtio_ccw_online")]
    // virtio_scsi.c: commands never time out, and the device that could answer is gone.
    [InlineData("unplug-during-io", "hang-blk_mq_freeze_queue_wait")]
    // virtio_ccw.c: nobody wakes ccw_io_helper() when the interrupt went with the device.
    [InlineData("unplug-during-sysfs-read", "hang-kernfs_drain")]
    // virtio_balloon.c: tell_host() waits for a buffer of a queue that virtio_break_device() broke.
    [InlineData("unplug-inflated-balloon", "hang-tell_host")]
    [InlineData("unplug-while-inflating", "hang-virtballoon_remove")]
    // airq.c: airq_iv_alloc() makes iv->end one too large, and who goes up to it leaves a full area.
    [InlineData("stale-indicator-area", "out-of-bounds-drop_airq_indicator")]
    [InlineData("indicators-behind-a-full-area", "out-of-bounds-virtio_airq_handler")]
    // virtio_console.c: fill_readbuf() takes the buffer from the port without its lock.
    [InlineData("two-readers-of-a-port", "null-access-fill_readbuf")]
    // virtio_console.c: port_has_data() looks into a queue that went with the device.
    [InlineData("unbind-during-port-read", "use-after-free-virtqueue_get_buf_ctx_split-__vring_new_virtqueue")]
    // virtio_console.c: port_fops_write() follows port->portdev, which unplug_port() sets to NULL.
    [InlineData("unbind-during-port-write", "null-access-port_fops_write")]
    // virtio_console.c: send_control_msg() keeps a pointer to the device, which virtcons_remove() frees.
    [InlineData("unbind-during-port-open", "use-after-free-__send_control_msg-virtcons_probe")]
    // virtio_console.c: fill_readbuf() forgets a buffer that cannot be added again.
    [InlineData("unbind-with-port-data-half-read", "leak-struct_port_buffer-alloc_buf")]
    // virtio_console.c: remove_vqs() frees what put_chars() left in a broken queue, and freed itself, as a port_buffer.
    [InlineData("unplug-before-console-output", "use-after-free-free_buf-put_chars")]
    public void Mainline_breaks(string seed, string key)
    {
        var verdict = Run(seed);
        Assert.StartsWith(key + "-", verdict.Key, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("life-scsi-offline")]
    [InlineData("teardown-open-scsi-disk")]
    [InlineData("teardown-open-scsi-disk-offline")]
    [InlineData("teardown-open-blk-disk")]
    [InlineData("teardown-open-hwrng")]
    [InlineData("ccw-driver-rebind")]
    [InlineData("write-and-read-back")]
    [InlineData("two-devices-lower-goes")]
    [InlineData("two-devices-share-indicators")]
    [InlineData("reports-lost")]
    [InlineData("no-memory-for-rings")]
    [InlineData("balloon-inflate-deflate")]
    [InlineData("balloon-offline-waits-for-host")]
    [InlineData("balloon-out-of-memory")]
    [InlineData("balloon-target-during-unplug")]
    [InlineData("second-indicator-area")]
    [InlineData("indicator-areas-full")]
    [InlineData("four-devices")]
    [InlineData("teardown-open-port")]
    [InlineData("teardown-blocked-port-reader")]
    [InlineData("teardown-blocked-port-writer")]
    [InlineData("teardown-during-control-work")]
    [InlineData("teardown-open-console")]
    [InlineData("port-removed-while-open")]
    [InlineData("offline-with-open-port")]
    public void Mainline_holds(string seed)
    {
        var verdict = Run(seed);
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
    }

    [Theory]
    // css.c, device.c, virtio_console.c: who waits here can be killed; the hang is behind him.
    [InlineData("plug 0 type=scsi|rescan run=1|unbind 0 run=1|unplug 0", "hang-blk_execute_rq")]
    [InlineData("plug 0 devno=0x1334|unplug 0 run=7|plug 0|  switch at=2|  switch at=10|rescan", "leak-struct_ccw_device")]
    [InlineData("plug 0 type=serial|port 0|open 0|port 0 do=disconnect|write 0|unbind-ccw 0 run=18|unplug 0", "hang-ccw_io_helper")]
    public void Signals_end_waits(string campaign, string key)
    {
        var verdict = Play(campaign.Replace('|', '\n'));
        Assert.StartsWith(key + "-", verdict.Key, StringComparison.Ordinal);
    }

    private static Verdict Run(string seed) => Play(File.ReadAllText(Repository.PathOf("corpus", "seeds", seed + ".txt")));

    private static Verdict Play(string text) => TargetPool.Of().Run(CampaignParser.Parse(text));
}
