using System.Buffers.Binary;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <content>Commands that set up queues and indicators.</content>
public sealed partial class VirtioCcwHostDevice
{
    private const int LegacyQueueBlockSize = 16;
    private const int QueueBlockSize = 32;
    private const int QueueConfigBlockSize = 4;
    private const int IndicatorBlockSize = 8;
    private const int ThinintBlockSize = 25;
    private const int ClassicIndicatorBits = 64;
    private const uint LegacyAlign = 4096;
    private const int MaxIsc = 7;

    private bool IsNew => host.Version == HostVersion.Qnew;

    private bool RefusesAgain => IsNew && !Has(Defects.IndicatorsSetAgain);

    /// <summary>Whether the device rejects an interruption subclass above 7, the highest there is.</summary>
    internal bool ChecksSubclass => IsNew ? !Has(Defects.IscUnchecked) : Has(Remedies.CheckSubclass);

    /// <summary>Whether the last SET_IND_ADAPTER was rejected because of its interruption subclass, whatever is registered.</summary>
    internal bool HasRefusedSubclass { get; private set; }

    /// <summary>Models virtio_ccw_handle_set_vq(): the guest says where a queue is, in the form of its revision.</summary>
    private int SetQueue(HostSubchannel sch, in Ccw ccw)
    {
        using var _ = world.Enter("virtio_ccw_handle_set_vq");
        var legacy = Revision < 1;
        var size = legacy ? LegacyQueueBlockSize : QueueBlockSize;
        if (CheckPayload(in ccw, size) is var bad and not 0) return bad;
        Span<byte> block = stackalloc byte[QueueBlockSize];
        if (sch.Data.Read(block[..size]) is var unreadable and not 0) return unreadable;
        var result = legacy ? SetLegacyQueue(block) : SetModernQueue(block);
        sch.Status.Scsw.Count = 0;
        return result;
    }

    private int SetLegacyQueue(ReadOnlySpan<byte> block)
    {
        using var _ = world.Enter("virtio_ccw_set_vqs");
        var address = BinaryPrimitives.ReadUInt64BigEndian(block);
        var align = BinaryPrimitives.ReadUInt32BigEndian(block[8..]);
        int index = BinaryPrimitives.ReadUInt16BigEndian(block[12..]);
        int num = BinaryPrimitives.ReadUInt16BigEndian(block[14..]);
        if (IsRefusedIndex(index)) return -Errno.EINVAL;
        if (address != 0 && align != LegacyAlign) return -Errno.EINVAL;
        var queue = Virtio.Queue(index);
        queue?.SetAddress(address);
        // A larger size is silently ignored.
        if (address != 0 && (queue?.Size ?? 0) > num) return -Errno.EINVAL;
        FinishQueue(queue, index, address);
        return 0;
    }

    /// <summary>Models virtio_ccw_set_vqs(): sets a queue, and takes one with address 0 away.</summary>
    private int SetModernQueue(ReadOnlySpan<byte> block)
    {
        using var _ = world.Enter("virtio_ccw_set_vqs");
        var desc = BinaryPrimitives.ReadUInt64BigEndian(block);
        int index = BinaryPrimitives.ReadUInt16BigEndian(block[12..]);
        int num = BinaryPrimitives.ReadUInt16BigEndian(block[14..]);
        var avail = BinaryPrimitives.ReadUInt64BigEndian(block[16..]);
        var used = BinaryPrimitives.ReadUInt64BigEndian(block[24..]);
        if (IsRefusedIndex(index)) return -Errno.EINVAL;
        var queue = Virtio.Queue(index);
        // The addresses stay even if the size is refused next.
        queue?.SetRings(desc, avail, used);
        if (desc != 0)
        {
            if ((queue?.DefaultSize ?? 0) < num) return -Errno.EINVAL;
            queue?.SetSize(num);
        }
        FinishQueue(queue, index, desc);
        return 0;
    }

    private bool IsRefusedIndex(int index)
    {
        if (index == HostVirtqueue.MaxQueues && Has(Defects.SetVqIndex)) AccessBeyondQueues("virtio_queue_set_rings", index);
        return index >= HostVirtqueue.MaxQueues;
    }

    private void AccessBeyondQueues(string function, int index)
    {
        using var _ = world.Enter(function);
        world.Fail(ViolationKind.HostAssert, $"vq[] is indexed with {index}, beyond its end", "struct VirtIODevice");
    }

    private void FinishQueue(HostVirtqueue? queue, int index, ulong address)
    {
        if (queue is not null) queue.Vector = address == 0 ? HostVirtqueue.NoVector : (ushort)index;
        Virtio.ConfigVector = HostVirtqueue.MaxQueues;
    }

    private int ReadQueueConfiguration(HostSubchannel sch, in Ccw ccw)
    {
        if (CheckPayload(in ccw, QueueConfigBlockSize) is var bad and not 0) return bad;
        Span<byte> word = stackalloc byte[2];
        if (sch.Data.Read(word) is var unreadable and not 0) return unreadable;
        var index = BinaryPrimitives.ReadUInt16BigEndian(word);
        if (index >= HostVirtqueue.MaxQueues)
        {
            if (Has(Defects.ReadVqConfIndex)) AccessBeyondQueues("virtio_queue_get_num", index);
            return -Errno.EINVAL;
        }
        BinaryPrimitives.WriteUInt16BigEndian(word, (ushort)(Virtio.Queue(index)?.Size ?? 0));
        var result = sch.Data.Write(word);
        if (result == 0) SetResidual(sch, in ccw, QueueConfigBlockSize);
        return result;
    }

    private int SetIndicators(HostSubchannel sch, in Ccw ccw)
    {
        if (!HasLength(in ccw, IndicatorBlockSize)) return -Errno.EINVAL;
        if (sch.IsThinint || Virtio.QueueCount > ClassicIndicatorBits) return -Errno.ENOSYS;
        if (RefusesAgain && Indicators is not null) return -Errno.ENOSYS;
        if (ReadAddress(sch, in ccw, out var address) is var bad and not 0) return bad;
        IndicatorTable.Forget(Indicators); // an old one is not given back
        Indicators = host.Indicators.Get(address, IndicatorBlockSize);
        SetResidual(sch, in ccw, IndicatorBlockSize);
        return 0;
    }

    private int SetConfigIndicators(HostSubchannel sch, in Ccw ccw)
    {
        if (!HasLength(in ccw, IndicatorBlockSize)) return -Errno.EINVAL;
        if (RefusesAgain && ConfigIndicators is not null) return -Errno.ENOSYS;
        if (ReadAddress(sch, in ccw, out var address) is var bad and not 0) return bad;
        IndicatorTable.Forget(ConfigIndicators);
        ConfigIndicators = host.Indicators.Get(address, IndicatorBlockSize);
        SetResidual(sch, in ccw, IndicatorBlockSize);
        return 0;
    }

    private static int ReadAddress(HostSubchannel sch, in Ccw ccw, out ulong address)
    {
        address = 0;
        if (ccw.Cda == 0) return -Errno.EFAULT;
        Span<byte> block = stackalloc byte[IndicatorBlockSize];
        if (sch.Data.Read(block) is var unreadable and not 0) return unreadable;
        address = BinaryPrimitives.ReadUInt64BigEndian(block);
        return 0;
    }

    private int SetAdapterIndicators(HostSubchannel sch, in Ccw ccw)
    {
        HasRefusedSubclass = false;
        if (CheckPayload(in ccw, ThinintBlockSize) is var bad and not 0) return bad;
        if (Indicators is not null && !sch.IsThinint) return -Errno.ENOSYS;
        if (RefusesAgain && (Indicators is not null || SummaryIndicator is not null)) return -Errno.ENOSYS;
        Span<byte> block = stackalloc byte[ThinintBlockSize];
        if (sch.Data.Read(block) != 0) return -Errno.EFAULT;
        var summary = BinaryPrimitives.ReadUInt64BigEndian(block);
        var device = BinaryPrimitives.ReadUInt64BigEndian(block[8..]);
        var bit = BinaryPrimitives.ReadUInt64BigEndian(block[16..]);
        var isc = block[24];
        HasRefusedSubclass = isc > MaxIsc && ChecksSubclass;
        if (HasRefusedSubclass) return -Errno.ENOSYS;
        IndicatorTable.Forget(SummaryIndicator);
        IndicatorTable.Forget(Indicators);
        SummaryIndicator = host.Indicators.Get(summary, 1);
        Indicators = host.Indicators.Get(device, (int)(bit / 8) + 1);
        ThinintIsc = isc; // not checked by 7.2
        IndicatorBit = bit;
        sch.IsThinint = true; // address 0 counts as an address
        SetResidual(sch, in ccw, ThinintBlockSize);
        return 0;
    }
}
