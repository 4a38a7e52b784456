namespace CcwFuzz.Target.Variants;

/// <content>Remedies of virtio drivers.</content>
public static partial class Remedies
{
    /// <summary>Buffers of a device that is gone come back.</summary>
    public static Switch LostBuffers { get; } = new("R20", "LostBuffers",
        "When its device is gone, virtqueue_get_buf() returns what is still in a queue, and the transport calls the callbacks "
            + "once more; a queue that is made afterwards is broken.",
        "virtio_ring.c, virtio_blk.c, virtio_scsi.c: there is no request timeout, so nothing else ends a request that was lost");

    /// <summary>Nobody waits for a broken queue.</summary>
    public static Switch TellBroken { get; } = new("R21", "TellBroken",
        "tell_host() of virtio_balloon does not wait for a queue that is broken.",
        "virtio_balloon.c: the wait has no other end");

    /// <summary>Whoever uses the queues of a port sees under their locks that it was unplugged.</summary>
    public static Switch PortLocks { get; } = new("R22", "PortLocks",
        "unplug_port() discards what a reader has and clears port->portdev under both locks of the port, and "
            + "whoever opens it, uses its queues or sends for it looks there.",
        "virtio_console.c: an open port outlives its device and queues");

    /// <summary>A buffer is read under its lock.</summary>
    public static Switch ReadLocked { get; } = new("R23", "ReadLocked",
        "fill_readbuf() of virtio_console copies the bytes with inbuf_lock held.",
        "virtio_console.c: two readers, or a reader and unplug_port(), have the same buffer");

    /// <summary>A buffer that nobody takes is freed.</summary>
    public static Switch FreeReadBuffer { get; } = new("R24", "FreeReadBuffer",
        "fill_readbuf() of virtio_console frees the buffer if add_inbuf() fails.",
        "virtio_console.c: the result is ignored");

    /// <summary>Output that the host did not read stays.</summary>
    public static Switch ConsoleCopy { get; } = new("R25", "ConsoleCopy",
        "put_chars() of virtio_console leaves its copy in the queue and does not wait; who takes it out frees it.",
        "virtio_console.c: remove_vqs() frees what is left in the queue, and with interrupts off on all CPUs nobody breaks it");

    /// <summary>A port does not go while an interrupt handler has it.</summary>
    public static Switch PortHandlers { get; } = new("R26", "PortHandlers",
        "unplug_port() of virtio_console waits for in_intr() and out_intr() that found the port before it was taken off the list.",
        "virtio_console.c: nothing else waits for them before the port and its console are freed");

    /// <summary>Nobody polls a broken queue.</summary>
    public static Switch BrokenDelayed { get; } = new("R27", "BrokenDelayed",
        "virtqueue_enable_cb_delayed() says of a broken queue that nothing is to come, as virtqueue_enable_cb() does.",
        "virtio_ring.c: virtnet_poll_cleantx() and start_xmit() poll until it agrees, and cannot take anything from a broken queue");

    /// <summary>A probe that fails deletes its queues.</summary>
    public static Switch BalloonQueues { get; } = new("R28", "BalloonQueues",
        "init_vqs() of virtio_balloon deletes the queues if it cannot queue the first statistics.",
        "virtio_balloon.c: 'it can't be broken yet', says a comment, but the device can be gone");

    /// <summary>Nobody waits for random data from a broken queue.</summary>
    public static Switch ReadBroken { get; } = new("R29", "ReadBroken",
        "virtio_read() of virtio_rng does not wait if the queue is broken, and says -ENODEV if it has read nothing.",
        "virtio-rng.c: request_entropy() ignores that the buffer could not be queued, and then nobody completes have_data");

    /// <summary>Random data is handed out to the end.</summary>
    public static Switch CopyRest { get; } = new("R30", "CopyRest",
        "copy_data() of virtio_rng takes what is available from data_idx on, not what is before it.",
        "virtio-rng.c: else bytes are left over without a request at the host, and virtio_read() waits for one");

    /// <summary>Nobody waits to send to a device that goes.</summary>
    public static Switch ShutSocket { get; } = new("R31", "ShutSocket",
        "packet_notifier() shuts down the sending side of a socket whose device is unregistered, until it is bound again.",
        "af_packet.c: sk_err ends one wait in sock_alloc_send_pskb(); others keep the device, which keeps the packets they wait for");

    /// <summary>A console that is freed is not found.</summary>
    public static Switch HeldConsole { get; } = new("R32", "HeldConsole",
        "hvc_get_by_index() passes over a console that tty_port_get() got no reference to.",
        "hvc_console.c: hvc_port_destruct() takes it off the list when its last reference is gone already");

    /// <summary>Nobody waits for the host to read a control message.</summary>
    public static Switch ControlCopy { get; } = new("R33", "ControlCopy",
        "__send_control_msg() of virtio_console sends a copy and does not wait for the host; who takes it out of the queue frees it.",
        "virtio_console.c: it spins with c_ovq_lock held; once another CPU spins for the lock, nobody is left to break the queue");

    /// <summary>No callback uses a keyboard that goes.</summary>
    public static Switch InputCallbacks { get; } = new("R34", "InputCallbacks",
        "virtinput_remove() breaks the queues and waits for callbacks before it resets the device.",
        "virtio_input.c: 'callbacks use vi->idev', says a comment, but virtio_reset_device() waits for none without hardening");

    /// <summary>A crypto device stays as long as somebody has a key on it.</summary>
    public static Switch CryptoUsers { get; } = new("R36", "CryptoUsers",
        "virtcrypto_remove() takes the device out of what virtcrypto_get_dev_node() finds, waits for calls that use its queues, and lets "
            + "virtcrypto_dev_put() of the last user free the structure; later calls get -ENODEV.",
        "virtio_crypto_core.c, virtio_crypto_mgr.c: ref_count is counted, but nobody asks for it when the structure is freed");

    /// <summary>Requests of a crypto device end with it.</summary>
    public static Switch EndCrypto { get; } = new("R37", "EndCrypto",
        "virtcrypto_remove() breaks the queues, resets the device and waits for callbacks before tasklet_kill(), and ends with -ENODEV "
            + "what is left in the data queue.",
        "virtio_crypto_core.c: virtcrypto_free_unused_reqs() frees parts of a request and completes nothing, so that who waits for it "
            + "does for ever, and the engine does not stop; a callback schedules the tasklet again after tasklet_kill()");

    /// <summary>An engine whose request failed goes on.</summary>
    public static Switch PumpAgain { get; } = new("R38", "PumpAgain",
        "crypto_pump_requests() queues itself once more after a request that could not be handed on, as crypto_finalize_request() does.",
        "crypto_engine.c: with retry_support, engine->busy stays set, nobody pumps the next request, and the engine never stops");

    /// <summary>An algorithm that is registered again is another one.</summary>
    public static Switch AlgCopy { get; } = new("R39", "AlgCopy",
        "virtio_crypto registers a copy of its algorithm, which goes with its last user, as CRYPTO_ALG_DUP_FIRST of newer kernels does.",
        "virtio_crypto_skcipher_algs.c, algapi.c: crypto_unregister_alg() only warns of users, and crypto_register_alg() forgets them");

    /// <summary>A probe that fails deletes its queues.</summary>
    public static Switch CryptoQueues { get; } = new("R51", "CryptoQueues",
        "virtcrypto_find_vqs() deletes the queues if it gets no engine.",
        "virtio_crypto_core.c: err_engine frees the arrays only");

    private static Switch[] Drivers =>
    [
        LostBuffers, TellBroken, PortLocks, ReadLocked, FreeReadBuffer, ConsoleCopy, PortHandlers, BrokenDelayed, BalloonQueues, ReadBroken,
        CopyRest, ShutSocket, HeldConsole, ControlCopy, InputCallbacks, CryptoUsers, EndCrypto, PumpAgain, AlgCopy, CryptoQueues,
    ];
}
