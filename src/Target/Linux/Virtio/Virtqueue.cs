using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>A split virtqueue of the guest (struct vring_virtqueue with its struct virtqueue, virtio_ring.c).</summary>
/// <remarks>The ring itself lies in guest memory; what the guest must not believe the host about is kept here.</remarks>
public sealed class Virtqueue : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct vring_virtqueue";

    /// <summary>The device, unreferenced.</summary>
    public Ptr<VirtioDevice> Vdev { get; internal set; }

    /// <summary>Name as the driver gave it, e.g. "input".</summary>
    public string Name { get; internal set; } = "";

    /// <summary>Its number on the device.</summary>
    public uint Index { get; internal set; }

    /// <summary>The most entries that the device supports; set by the transport (num_max).</summary>
    public uint NumMax { get; set; }

    /// <summary>Descriptors that are free (num_free).</summary>
    public uint NumFree { get; internal set; }

    /// <summary>Called from the interrupt handler when the device used buffers; null for none.</summary>
    public Func<Ptr<Virtqueue>, SimTask>? Callback { get; internal set; }

    /// <summary>Tells the host about new buffers; false if that failed. Set by the transport.</summary>
    public Func<Ptr<Virtqueue>, bool> Notify { get; internal set; } = null!;

    /// <summary>The transport's own structure (priv).</summary>
    public Ptr<HeapObject> Private { get; set; }

    /// <summary>The host made a mess, or is gone: nothing is tried any more.</summary>
    public bool Broken { get; internal set; }

    /// <summary>Its device is gone, and with it whoever could use the buffers that are still in it (remedy LostBuffers).</summary>
    internal bool IsLost { get; set; }

    /// <summary>Number of entries (virtqueue_get_vring_size).</summary>
    public uint Num => Vring.Num;

    /// <summary>Guest address of the descriptor table (virtqueue_get_desc_addr).</summary>
    public uint DescAddress => Vring.Desc;

    /// <summary>Guest address of the available ring (virtqueue_get_avail_addr).</summary>
    public uint AvailAddress => Vring.Avail;

    /// <summary>Guest address of the used ring (virtqueue_get_used_addr).</summary>
    public uint UsedAddress => Vring.Used;

    /// <summary>The layout of the ring in guest memory.</summary>
    internal Vring Vring { get; set; }

    /// <summary>Fields of the ring are little-endian.</summary>
    internal bool LittleEndian { get; set; }

    /// <summary>Indirect descriptors may be used.</summary>
    internal bool Indirect { get; set; }

    /// <summary>Event indices are used.</summary>
    internal bool Event { get; set; }

    /// <summary>An interrupt came since callbacks were last enabled (event_triggered).</summary>
    internal bool EventTriggered { get; set; }

    /// <summary>First descriptor of the free list.</summary>
    internal uint FreeHead { get; set; }

    /// <summary>Buffers added since the host was last considered for a notification.</summary>
    internal ushort NumAdded { get; set; }

    /// <summary>How far the used ring was read.</summary>
    internal ushort LastUsedIdx { get; set; }

    /// <summary>What avail->flags was last set to.</summary>
    internal ushort AvailFlagsShadow { get; set; }

    /// <summary>What avail->idx was last set to.</summary>
    internal ushort AvailIdxShadow { get; set; }

    /// <summary>Per head: what the driver wants back (desc_state).</summary>
    internal DescState[] State { get; set; } = [];

    /// <summary>Per descriptor: what the guest wrote, kept out of the host's reach (desc_extra).</summary>
    internal DescExtra[] Extra { get; set; } = [];

    /// <summary>Makes the tables before the first buffer: most queues of a device with many never have one.</summary>
    internal void PrepareTables(World world)
    {
        if (State.Length != 0) return;
        State = world.Arrays.New<DescState>((int)Vring.Num);
        Extra = world.Arrays.New<DescExtra>((int)Vring.Num);
        for (var i = 0; i < Extra.Length - 1; i++) Extra[i].Next = (ushort)(i + 1);
    }

    /// <summary>struct vring_desc_state_split.</summary>
    internal struct DescState
    {
        public Ptr<HeapObject> Data;
        public uint IndirectTable;
        public uint Context;
    }

    /// <summary>struct vring_desc_extra.</summary>
    internal struct DescExtra
    {
        public uint Length;
        public ushort Flags;
        public ushort Next;
    }
}
