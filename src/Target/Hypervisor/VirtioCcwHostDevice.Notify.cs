using System.Buffers.Binary;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <content>Notification of the guest (virtio_ccw_notify).</content>
public sealed partial class VirtioCcwHostDevice
{
    private const byte InaccessibleIndicator = 0xff;

    /// <summary>Models virtio_ccw_notify(): sets the indicator of a vector and interrupts the guest if that is needed.</summary>
    /// <param name="vector">Queue index, 1024 for a configuration change, or none.</param>
    internal void Notify(ushort vector)
    {
        using var _ = world.Enter("virtio_ccw_notify");
        if (vector == HostVirtqueue.NoVector) return;
        if (vector < HostVirtqueue.MaxQueues) channel.Watch?.Notifying(subchannel, Virtio.Queue(vector)?.Desc ?? 0);
        if (vector > HostVirtqueue.MaxQueues) Abort("vector <= VIRTIO_QUEUE_MAX");
        if (subchannel is not { } sch)
        {
            Abort("notification of a device without a subchannel");
            return;
        }
        if (vector == HostVirtqueue.MaxQueues)
        {
            NotifyConfiguration(sch);
            return;
        }
        if (Indicators is null) return;
        if (Virtio.Queue(vector) is { } queue) queue.IsSignalled = true;
        if (sch.IsThinint) NotifyAdapter(sch, vector);
        else NotifyClassic(sch, vector);
    }

    /// <summary>A buffer is given back to the guest.</summary>
    internal void NoteUsed(ulong desc) => channel.Watch?.Using(subchannel, desc);

    /// <summary>
    /// Models set_adapter_int() (adapter_indicators_set of KVM): the next step of notifying of a queue by irqfd, outside the big lock.
    /// </summary>
    /// <param name="vector">Queue index.</param>
    /// <param name="step">Number of the step, from 0.</param>
    /// <returns>Whether another one follows.</returns>
    internal bool NotifyStep(ushort vector, int step)
    {
        using var _ = world.Enter("set_adapter_int");
        if (!TakesAdapterSteps(vector)) return false;
        if (step == 0)
        {
            var bit = IndicatorBit + vector;
            if (Virtio.Queue(vector) is { } queue) queue.IsSignalled = true;
            SetIndicatorByte(subchannel!, Indicators!.Address + (bit / 8), (byte)(0x80 >> (int)(bit % 8)));
            return true;
        }
        if (step == 1) return SetIndicatorByte(subchannel!, SummaryIndicator!.Address, 0x01) == 0;
        channel.AdapterInterrupt(ThinintIsc);
        return false;
    }

    /// <summary>Whether a vector is notified in steps: only adapter interrupts of queues have routes for an irqfd.</summary>
    internal bool TakesAdapterSteps(ushort vector) =>
        host.Notification == NotifyModel.OutsideBql && vector < HostVirtqueue.MaxQueues
        && Indicators is not null && SummaryIndicator is not null && subchannel is { IsThinint: true };

    private void NotifyAdapter(HostSubchannel sch, ushort vector)
    {
        var bit = IndicatorBit + vector;
        SetIndicatorByte(sch, Indicators!.Address + (bit / 8), (byte)(0x80 >> (int)(bit % 8)));
        if (SetIndicatorByte(sch, SummaryIndicator!.Address, 0x01) == 0) channel.AdapterInterrupt(ThinintIsc);
    }

    private void NotifyClassic(HostSubchannel sch, ushort vector)
    {
        if (vector >= ClassicIndicatorBits) Abort("vector < NR_CLASSIC_INDICATOR_BITS");
        SetIndicatorBit(Indicators!.Address, vector);
        channel.InjectUnsolicited(sch);
    }

    private void NotifyConfiguration(HostSubchannel sch)
    {
        if (ConfigIndicators is null) return;
        IsConfigSignalled = true;
        SetIndicatorBit(ConfigIndicators.Address, 0);
        channel.InjectUnsolicited(sch);
    }

    /// <summary>Models virtio_set_ind_atomic(): sets bits in a byte.</summary>
    /// <returns>What the byte was before.</returns>
    private byte SetIndicatorByte(HostSubchannel sch, ulong address, byte bits)
    {
        using var _ = world.Enter("virtio_set_ind_atomic");
        if (!memory.TryHostWrite(address, 1, out var bytes))
        {
            world.Trace.Add(TraceKind.Log, $"{sch.HostId}: unable to access indicator");
            return InaccessibleIndicator;
        }
        var before = bytes[0];
        bytes[0] |= bits;
        world.Trace.Add(TraceKind.Indicator, $"indicator at {address}: 0x{before:x}->0x{bytes[0]:x}");
        return before;
    }

    private void SetIndicatorBit(ulong address, int bit)
    {
        if (!memory.TryHostWrite(address, IndicatorBlockSize, out var bytes)) return;
        var before = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, before | (1UL << bit));
        world.Trace.Add(TraceKind.State, $"classic indicators at {address}: 0x{before:x}->0x{before | (1UL << bit):x}");
    }

    private void Abort(string assertion) =>
        world.Fail(ViolationKind.HostAssert, $"virtio_ccw_notify: {assertion}", "struct VirtioCcwDevice");
}
