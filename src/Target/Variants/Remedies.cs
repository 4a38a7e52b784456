namespace CcwFuzz.Target.Variants;

/// <summary>The remedies that can be switched on. Guest and host code ask <see cref="Variant.Has"/> for them.</summary>
/// <remarks>
/// A remedy is one static property with its switch, and its place in one of the lists that <see cref="All"/> is made of when it
/// is first asked for: nothing orders the initializers of several files. corpus/remedies/Rnn.txt is clean on hardened and shows
/// the bug on hardened without it. Remedies of the common I/O layer
/// and of virtio_ccw are here, those of drivers and of the host in the other parts.
/// </remarks>
public static partial class Remedies
{
    private static IReadOnlyList<Switch>? all;

    /// <summary>Setting a device online from probe holds a reference and the device lock.</summary>
    public static Switch AsyncOnline { get; } = new("R01", "AsyncOnline",
        "The async item of virtio_ccw_probe() holds a reference to the ccw device, and virtio_ccw_auto_online() takes its device lock.",
        "virtio_ccw.c; mails of 2021-09-21 in the thread of the question; inverse of H03");

    /// <summary>The driver is told that a device is gone, and ends its I/O.</summary>
    public static Switch EndLostIo { get; } = new("R02", "EndLostIo",
        "ccw_device_set_notoper() and the like, and io_subchannel_sch_event() if work is pending, clear what runs, and call the "
            + "driver's handler with -ENODEV when nothing does, which the timer looks after; "
            + "virtio_ccw_int_handler() then ends every wait in ccw_io_helper(); "
            + "no verification is waited for (flags.doverify, fake_irb).",
        "device_fsm.c, virtio_ccw.c; the first open question of the thread; inverse of H02");

    /// <summary>Who waits for a state learns that the device is gone.</summary>
    public static Switch WakeNotOper { get; } = new("R03", "WakeNotOper",
        "ccw_device_set_notoper() and ccw_device_set_disconnected() wake who waits for another state (cdev->private->wait_q).",
        "device_fsm.c: NOT_OPER is a final state, but only ccw_device_done() wakes");

    /// <summary>A reservation that is being broken ends with the device.</summary>
    public static Switch EndStealLock { get; } = new("R04", "EndStealLock",
        "io_subchannel_sch_event() gives DEV_EVENT_NOTOPER to a device in STEAL_LOCK too, as it does in SENSE_ID, and before one is moved.",
        "device.c, device_pgid.c: nothing else completes what ccw_device_stlck() waits for");

    /// <summary>No pointer is left to what was freed.</summary>
    public static Switch ClearDrvdata { get; } = new("R05", "ClearDrvdata",
        "virtio_ccw_online() clears the driver data before it frees the device that failed (out_free).",
        "virtio_ccw.c: out_put does, out_free does not");

    /// <summary>Indicators that were never there are not dropped.</summary>
    public static Switch NoAirqInfo { get; } = new("R06", "NoAirqInfo",
        "virtio_ccw_drop_indicator() returns if there is no airq_info.",
        "virtio_ccw.c: find_vqs can fail before it has one, and calls del_vqs");

    /// <summary>A subchannel without private data can be removed.</summary>
    public static Switch NoIoPrivate { get; } = new("R07", "NoIoPrivate",
        "io_subchannel_remove() frees nothing if probe failed to allocate the private data.",
        "device.c: io_subchannel_probe() returns 0 then, too");

    /// <summary>A device takes only itself off its subchannel.</summary>
    public static Switch DetachSelf { get; } = new("R08", "DetachSelf",
        "ccw_device_todo() and io_subchannel_register() clear the subchannel's pointer only if it is this ccw device that it points to.",
        "device.c: after a replug the todo of the old device detaches the new one");

    /// <summary>Interrupt vectors end where they end.</summary>
    public static Switch VectorEnd { get; } = new("R09", "VectorEnd",
        "airq_iv_alloc() sets iv->end to the bit behind the last one, not one further.",
        "airq.c: scans and lookups go one beyond a vector that is full");

    /// <summary>What was not started is started again.</summary>
    public static Switch RetryDeferred { get; } = new("R10", "RetryDeferred",
        "ccw_io_helper() starts the channel program again when it ended with deferred condition code 1.",
        "virtio_ccw.c; qdio and qeth do so since 607638faf2ff and afb373ff3f54; inverse of H23");

    /// <summary>An error that belongs to nobody ends nobody's wait.</summary>
    public static Switch OwnErrors { get; } = new("R11", "OwnErrors",
        "virtio_ccw_int_handler() sets the error only for an interrupt whose parameter is that of the running channel program.",
        "virtio_ccw.c: an unsolicited error makes doing_io() say that a program ended which still runs");

    /// <summary>Driver data does not point to what may be freed.</summary>
    public static Switch PinVcdev { get; } = new("R12", "PinVcdev",
        "virtio_ccw_remove() and virtio_ccw_offline() hold a reference to the virtio device until the driver data is cleared.",
        "virtio_ccw.c: unregistering may free it, and virtio_ccw_cio_notify() and the interrupt handler still find it");

    /// <summary>A device is on its subchannel until its driver is unbound.</summary>
    public static Switch DetachLast { get; } = new("R13", "DetachLast",
        "ccw_device_todo() and io_subchannel_sch_event() quiesce the subchannel of a device that is not operational, unregister the ccw "
            + "device, quiesce once more, clear the pointer and look again; "
            + "io_subchannel_remove() holds a reference to it, and quiesces, until the pointer is cleared; "
            + "io_subchannel_sch_event() looks again too when the subchannel was unregistered, io_subchannel_verify() if the device is "
            + "neither online nor operational.",
        "device.c: io_subchannel_quiesce() of a subchannel that is busy follows the pointer");

    /// <summary>A device changes its lock when nobody holds it.</summary>
    public static Switch MoveLock { get; } = new("R14", "MoveLock",
        "ccw_device_move_to_sch() takes the old lock too when it changes cdev->ccwlock, and who waited for it looks again; "
            + "meanwhile ccw_device_trigger_reprobe() and ccw_device_start_id() leave the device alone; "
            + "css_subchannel_release() frees the lock when nobody waits for it any more (kfree_rcu()).",
        "device.c; ccw_device_timeout() and drivers take the one lock and release the other");

    /// <summary>No bit outlives its queue.</summary>
    public static Switch DropBits { get; } = new("R15", "DropBits",
        "virtio_ccw_drop_indicator() gives the indicator bits back whatever the device answers, and virtio_airq_handler() skips free ones.",
        "virtio_ccw.c: any error but -ENODEV, or no memory, leaves bits that point to queues freed next; 8c58a229688c is one case");

    /// <summary>Nobody takes what his stack held for the host's data.</summary>
    public static Switch ZeroConfig { get; } = new("R16", "ZeroConfig",
        "virtio_ccw_get_config() fills the caller's buffer with zeroes when the configuration cannot be read.",
        "virtio_ccw.c: it returns nothing, and virtio_cread() of its callers reads a variable that nobody wrote");

    /// <summary>A device does nothing any more when its driver believes that it does nothing.</summary>
    public static Switch ResetFirst { get; } = new("R41", "ResetFirst",
        "virtio_dev_shutdown() resets the device before it breaks its queues.",
        "virtio.c: who polls a queue frees what he gave to the device as soon as it is broken, as virtnet_set_rx_mode() does");

    /// <summary>A timer's handler ends before what it uses goes.</summary>
    public static Switch StopTimer { get; } = new("R40", "StopTimer",
        "ccw_device_unregister() stops cdev->private->timer with del_timer_sync(), and so does who takes the device off its subchannel; "
            + "that ends a wait in QUIESCE; ccw_device_remove() does not stop it then.",
        "device.c, device_fsm.c: ccw_device_timeout() may have begun when the last reference is given back, and "
            + "io_subchannel_quiesce() may wait for it");

    /// <summary>A device that took the place of another is another device.</summary>
    public static Switch NewDevice { get; } = new("R17", "NewDevice",
        "cio_update_schib() returns -ENODEV if the subchannel lost the concurrent sense that cio_commit_config() had set; "
            + "css_subchannel_release() changes no subchannel that has another's interruption parameter.",
        "cio.c, css.c: a new device can have the number and the subchannel of one whose driver waits, or that is still referenced");

    /// <summary>What came with the status of a verification is looked at.</summary>
    public static Switch LookVerified { get; } = new("R18", "LookVerified",
        "ccw_device_verify_done() calls the driver's handler when the paths are verified, as for status that nobody asked for.",
        "device_fsm.c: unsolicited status that finds status pending is not presented again, and the interrupt was for cio");

    /// <summary>A device counts once as one that is being recognized.</summary>
    public static Switch CountOnce { get; } = new("R19", "CountOnce",
        "A flag says that a device counts in ccw_device_init_count; who counts down clears it, and ccw_device_unregister() does both, "
            + "and says that the device is recognized.",
        "device.c: CDEV_TODO_REGISTER, which counts down, gives way to CDEV_TODO_UNREG, which does not; a boxed device that is "
            + "recognized again and does not answer is counted down a second time");

    /// <summary>Who recognizes a device again does not wait for somebody who waits for him.</summary>
    public static Switch RecognizedFirst { get; } = new("R42", "RecognizedFirst",
        "io_subchannel_register() says that the device is recognized before it calls device_reprobe().",
        "device.c: online_store() of a boxed device without a driver holds the device lock while it waits for recog_done");

    /// <summary>A device is registered once.</summary>
    public static Switch RegisterOnce { get; } = new("R43", "RegisterOnce",
        "io_subchannel_register() leaves a device alone that was unregistered (flags.initialized is clear).",
        "device.c: a device that is given up while it is disconnected can be recognized again before it is off its subchannel");

    /// <summary>Nothing is promised for a verification that will not be.</summary>
    public static Switch ForgetVerify { get; } = new("R44", "ForgetVerify",
        "ccw_device_set_disconnected() clears flags.doverify, as it does flags.fake_irb; ccw_device_remove() clears both.",
        "device_fsm.c, device_ops.c: ccw_device_start_timeout_key() pretends a start for it, and the next driver gets the made-up status");

    /// <summary>I/O has ended when its driver is told so.</summary>
    public static Switch TellQuiesced { get; } = new("R45", "TellQuiesced",
        "io_subchannel_quiesce() calls the driver's handler after the subchannel is disabled, not before it stops what runs; "
            + "ccw_device_set_offline() and ccw_device_remove() quiesce before they call the driver of a device that is not operational.",
        "device.c: the driver frees its buffers when its reset has ended, and the host may not even have begun with it");

    /// <summary>A subchannel stays while it is quiesced.</summary>
    public static Switch HoldSubchannel { get; } = new("R46", "HoldSubchannel",
        "ccw_device_remove() and ccw_device_set_offline() hold a reference to the subchannel that they quiesce, ccw_device_stlck() to "
            + "the one it uses, and leaves a device alone that has left it.",
        "device.c: a disconnected device is moved to another subchannel meanwhile, and the old one is freed");

    /// <summary>A device whose report was lost is noticed without the work queue.</summary>
    public static Switch LookAtOnce { get; } = new("R47", "LookAtOnce",
        "css_process_crw() does for each known subchannel, when reports were lost, what it does for one that is reported.",
        "css.c: it only queues work; cio_work_q may wait for a lock whose holder waits in ccw_io_helper() for a device that is gone");

    /// <summary>What is scheduled while subchannels are looked at is not forgotten with the rest.</summary>
    public static Switch OwnRound { get; } = new("R48", "OwnRound",
        "css_slow_path_func() works on a copy of slow_subchannel_set, which it empties first.",
        "css.c: slow_eval_unknown_fn() removes all later ids when there are no more subchannels or no memory, also those that "
            + "css_schedule_eval() added meanwhile");

    /// <summary>A timer that was stopped in time has no effect.</summary>
    public static Switch OwnTimeout { get; } = new("R49", "OwnTimeout",
        "ccw_device_set_timeout() notes whether the timer is to run, and ccw_device_timeout() does nothing if it is not, or runs anew.",
        "device_fsm.c: del_timer() does not wait for a handler that waits for the lock; the next I/O of the device is killed");

    /// <summary>An interrupt that was taken finds its subchannel.</summary>
    public static Switch FreeLater { get; } = new("R50", "FreeLater",
        "css_subchannel_release() frees the subchannel when every CPU has answered an IPI, so that what was presented to it is handled; "
            + "io_subchannel_probe() waits like that after it has set the interruption parameter.",
        "css.c, cio.c: do_cio_interrupt() follows the interruption parameter that it was given before, and collects the status of "
            + "whatever device has the subchannel now; a grace period of RCU may end "
            + "between the presentation to an idle CPU and irq_enter()");

    /// <summary>All remedies, in the order of their identifiers.</summary>
    public static IReadOnlyList<Switch> All => all ??= [.. Transport.Concat(Drivers).Concat(Host).OrderBy(s => s.Rank)];

    private static Switch[] Transport =>
    [
        AsyncOnline, EndLostIo, WakeNotOper, EndStealLock, ClearDrvdata, NoAirqInfo, NoIoPrivate, DetachSelf, VectorEnd, RetryDeferred,
        OwnErrors, PinVcdev, DetachLast, MoveLock, DropBits, ZeroConfig, NewDevice, LookVerified, CountOnce, ResetFirst,
        StopTimer, RecognizedFirst, RegisterOnce, ForgetVerify, TellQuiesced, HoldSubchannel, LookAtOnce, OwnRound, OwnTimeout, FreeLater,
    ];
}
