namespace CcwFuzz.Target.Variants;

/// <content>Remedies of virtio drivers.</content>
public static partial class Remedies
{
    /// <summary>Buffers of a device that is gone come back.</summary>
    public static Switch LostBuffers { get; } = new("R20", "LostBuffers",
        "When its device is gone, virtqueue_get_buf() returns what is still in a queue, and the transport calls the callbacks once more.",
        "virtio_ring.c, virtio_blk.c, virtio_scsi.c: there is no request timeout, so nothing else ends a request that was lost");

    /// <summary>Nobody waits for a broken queue.</summary>
    public static Switch TellBroken { get; } = new("R21", "TellBroken",
        "tell_host() of virtio_balloon does not wait for a queue that is broken.",
        "virtio_balloon.c: the wait has no other end");

    /// <summary>Whoever uses the queues of a port sees under their locks that it was unplugged.</summary>
    public static Switch PortLocks { get; } = new("R22", "PortLocks",
        "unplug_port() clears port->portdev under both locks of the port, and whoever uses its queues or sends for it looks there.",
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
        "put_chars() of virtio_console leaves its copy to remove_vqs() if the queue broke before the host read it.",
        "virtio_console.c: remove_vqs() frees what is left in the queue");

    /// <summary>An interrupt handler holds the port that it found.</summary>
    public static Switch PortReference { get; } = new("R26", "PortReference",
        "in_intr() and out_intr() of virtio_console hold a reference to the port that find_port_by_vq() found.",
        "virtio_console.c: nothing waits for a handler that runs before the port is freed");

    /// <summary>Nobody polls a broken queue.</summary>
    public static Switch BrokenDelayed { get; } = new("R27", "BrokenDelayed",
        "virtqueue_enable_cb_delayed() says of a broken queue that nothing is to come, as virtqueue_enable_cb() does.",
        "virtio_ring.c: virtnet_poll_cleantx() and start_xmit() poll until it agrees, and cannot take anything from a broken queue");

    /// <summary>Nobody waits for random data from a broken queue.</summary>
    public static Switch ReadBroken { get; } = new("R29", "ReadBroken",
        "virtio_read() of virtio_rng does not wait if the queue is broken.",
        "virtio-rng.c: request_entropy() ignores that the buffer could not be queued, and then nobody completes have_data");

    private static Switch[] Drivers =>
        [LostBuffers, TellBroken, PortLocks, ReadLocked, FreeReadBuffer, ConsoleCopy, PortReference, BrokenDelayed, ReadBroken];
}
