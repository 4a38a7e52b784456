namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Where the parts of a split ring lie in guest memory (struct vring, include/uapi/linux/virtio_ring.h).</summary>
/// <remarks>One block: descriptors of 16 bytes, the available ring, and aligned, the used ring.</remarks>
/// <param name="Num">Number of entries.</param>
/// <param name="Desc">Address of the descriptor table, where the block starts.</param>
/// <param name="Align">Alignment of the used ring in bytes.</param>
public readonly record struct Vring(uint Num, uint Desc, uint Align)
{
    /// <summary>Bytes of one descriptor.</summary>
    public const uint DescSize = 16;

    /// <summary>The buffer goes on in the next descriptor (VRING_DESC_F_NEXT).</summary>
    public const ushort DescNext = 1;

    /// <summary>The host writes into this part (VRING_DESC_F_WRITE).</summary>
    public const ushort DescWrite = 2;

    /// <summary>This is a table of descriptors (VRING_DESC_F_INDIRECT).</summary>
    public const ushort DescIndirect = 4;

    /// <summary>The guest wants no interrupts (VRING_AVAIL_F_NO_INTERRUPT).</summary>
    public const ushort AvailNoInterrupt = 1;

    /// <summary>The host wants no notifications (VRING_USED_F_NO_NOTIFY).</summary>
    public const ushort UsedNoNotify = 1;

    /// <summary>Address of the available ring.</summary>
    public uint Avail => Desc + (Num * DescSize);

    /// <summary>Address of the used ring.</summary>
    public uint Used => AlignUp(Avail + (2 * (3 + Num)), Align);

    /// <summary>Address of the available index.</summary>
    internal uint AvailIdx => Avail + 2;

    /// <summary>Address of the used index.</summary>
    internal uint UsedIdx => Used + 2;

    /// <summary>Where the guest says which used entry it wants an interrupt for (vring_used_event).</summary>
    internal uint UsedEvent => Avail + 4 + (2 * Num);

    /// <summary>Where the host says which available entry it wants a notification for (vring_avail_event).</summary>
    internal uint AvailEvent => Used + 4 + (8 * Num);

    /// <summary>Bytes that a ring takes (vring_size).</summary>
    public static uint Size(uint num, uint align) => AlignUp((DescSize * num) + (2 * (3 + num)), align) + (2 * 3) + (8 * num);

    /// <summary>Address of a slot of the available ring.</summary>
    internal uint AvailSlot(uint slot) => Avail + 4 + (2 * slot);

    /// <summary>Address of a slot of the used ring: 32 bits of id, 32 bits of length.</summary>
    internal uint UsedSlot(uint slot) => Used + 4 + (8 * slot);

    private static uint AlignUp(uint value, uint align) => (value + align - 1) & ~(align - 1);
}

/// <summary>A piece of memory that the device may access (struct scatterlist).</summary>
/// <param name="Address">Guest address.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct Scatterlist(uint Address, uint Length);
