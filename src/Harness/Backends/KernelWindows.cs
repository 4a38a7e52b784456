using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Backends;

/// <summary>
/// Functions of Linux in whose course a device may come or go: where device-stack.md has steps of a life, and where drivers wait for the
/// host. A kernel need not have all of them.
/// </summary>
internal static class KernelWindows
{
    private const int MostCount = 128; // a console's probe starts some 130 channel programs

    private static readonly string[] Functions =
    [
        // Channel I/O: a program is started, its interrupt comes, a report of the channel comes, a device is looked at.
        "cio_start_key", "do_cio_interrupt", "ccw_device_irq", "virtio_ccw_int_handler", "virtio_ccw_cio_notify", "css_process_crw",
        "css_evaluate_known_subchannel", "css_evaluate_new_subchannel", "io_subchannel_sch_event", "io_subchannel_probe",
        "io_subchannel_recog", "io_subchannel_recog_done", "io_subchannel_register", "io_subchannel_remove", "ccw_device_todo",
        "ccw_device_set_online", "ccw_device_set_offline", "ccw_device_online", "ccw_device_done", "ccw_device_recog_done",
        "ccw_device_unregister",
        // virtio-ccw and the virtio bus.
        "virtio_ccw_auto_online", "virtio_ccw_online", "virtio_ccw_offline", "virtio_ccw_remove", "virtio_ccw_find_vqs",
        "virtio_ccw_del_vqs", "virtio_ccw_del_vq", "virtio_ccw_reset", "virtio_ccw_set_status", "virtio_ccw_get_config",
        "virtio_ccw_kvm_notify", "virtio_ccw_release_dev", "register_virtio_device", "unregister_virtio_device", "virtio_dev_probe",
        "virtio_dev_remove", "virtio_config_changed", "virtio_break_device", "vring_interrupt", "virtio_airq_handler",
        "vring_create_virtqueue", "vring_del_virtqueue", "virtqueue_add_sgs", "virtqueue_add_outbuf", "virtqueue_notify",
        // The driver core.
        "device_add", "device_del", "really_probe", "device_release", "kobject_uevent_env",
        // Drivers.
        "virtnet_probe", "virtnet_open", "virtnet_close", "virtnet_send_command", "virtnet_remove", "virtnet_config_changed_work",
        "start_xmit", "register_netdevice", "unregister_netdevice_queue",
        "virtblk_probe", "virtblk_remove", "virtblk_config_changed_work", "virtio_queue_rq", "virtio_queue_rqs", "virtblk_done",
        "device_add_disk", "del_gendisk", "bdev_disk_changed", "blk_execute_rq", "blk_mq_freeze_queue_wait",
        "virtscsi_probe", "virtscsi_remove", "virtscsi_queuecommand", "virtscsi_handle_event", "scsi_probe_and_add_lun", "sd_probe",
        "virtcons_probe", "virtcons_remove", "fill_queue", "__send_control_msg", "control_work_handler", "add_port", "unplug_port",
        "port_fops_open", "port_fops_write", "put_chars", "free_buf",
        "virtballoon_probe", "virtballoon_remove", "update_balloon_size_func", "fill_balloon", "leak_balloon", "tell_host",
        "probe_common", "virtrng_scan", "virtio_read", "hwrng_register", "hwrng_unregister", "request_entropy", "random_recv_done",
    ];

    /// <summary>A point for an operation.</summary>
    public static ExactPoint Draw(int operation, ref SplitMix random)
    {
        var function = Functions[random.Below(Functions.Length)];
        // Most are met once or a few times.
        var count = 1 + random.Below(1 << random.Below(int.Log2(MostCount) + 1));
        return new ExactPoint(operation, function, IsReturn: random.Below(2) == 0, random.Below(2) == 0 ? 1 : count);
    }
}
