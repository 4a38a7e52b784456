using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux;

/// <summary>What observers of the guest are told at the moment it happens. They change nothing, and nothing depends on them.</summary>
/// <remarks>A kernel without observers is one of a unit test.</remarks>
public interface IGuestWatch
{
    /// <summary>A channel program is about to be started (SSCH in cio_start_key).</summary>
    void Starting(Ptr<Subchannel> sch, uint cpa);

    /// <summary>It was accepted.</summary>
    void Started(Ptr<Subchannel> sch);

    /// <summary>Status of a subchannel was collected (TSCH), or what was started was cancelled (XSCH).</summary>
    void Collected(Ptr<Subchannel> sch);

    /// <summary>An event enters the state machine (dev_fsm_event).</summary>
    void FsmEvent(Ptr<CcwDevice> cdev);

    /// <summary>A driver's callback is called: probe, remove, set_online or set_offline.</summary>
    void EnterDriver(Ptr<CcwDevice> cdev, string callback);

    /// <summary>It returned.</summary>
    void LeaveDriver(Ptr<CcwDevice> cdev, string callback);

    /// <summary>The last reference of a ccw device or a subchannel is gone.</summary>
    void Releasing(Ptr<CcwDevice> cdev);

    /// <summary>The last reference of a subchannel is gone.</summary>
    void Releasing(Ptr<Subchannel> sch);

    /// <summary>A start was accepted that a made-up status shall answer.</summary>
    void FakeAccepted(Ptr<CcwDevice> cdev);

    /// <summary>The made-up status is delivered (ccw_device_verify_done).</summary>
    void FakeDelivered(Ptr<CcwDevice> cdev);

    /// <summary>ccw_io_helper() started an operation and marked it.</summary>
    /// <returns>What to give to <see cref="IoReturns"/>.</returns>
    IoStart IoStarted(Ptr<VirtioCcwDevice> vcdev, uint flag);

    /// <summary>The start of an operation was refused with -EBUSY, and it is tried again.</summary>
    void IoBusy(Ptr<VirtioCcwDevice> vcdev);

    /// <summary>I/O of the device was killed: the handler got an error instead of status.</summary>
    void IoKilled(Ptr<VirtioCcwDevice> vcdev);

    /// <summary>ccw_io_helper() returns the result of what it started.</summary>
    void IoReturns(Ptr<VirtioCcwDevice> vcdev, in IoStart start, int result);

    /// <summary>The virtio device of a ccw device is about to be unregistered.</summary>
    void Unregistering(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev);

    /// <summary>A read of the configuration failed, and the caller is not told.</summary>
    void ConfigNotRead(Ptr<VirtioCcwDevice> vcdev);

    /// <summary>A driver is told of a change of the configuration.</summary>
    void ConfigChanged(Ptr<VirtioDevice> vdev);

    /// <summary>A queue's callback is called.</summary>
    void Callback(Ptr<Virtqueue> vq);

    /// <summary>vring_interrupt() looks at a queue.</summary>
    void Interrupted(Ptr<Virtqueue> vq);

    /// <summary>The guest found that the host made a mess of a ring.</summary>
    void RingBroken(Ptr<Virtqueue> vq, string why);

    /// <summary>A process begins to write a disk.</summary>
    void Writing(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data);

    /// <summary>The write ended.</summary>
    void Written(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data, int error);

    /// <summary>A process begins to read a disk.</summary>
    void Reading(Ptr<Gendisk> disk, ulong sector, uint length);

    /// <summary>It read a disk successfully.</summary>
    void ReadBack(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data);
}
