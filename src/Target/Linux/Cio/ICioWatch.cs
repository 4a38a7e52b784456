using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>What observers of the common I/O layer are told at the moment it happens.</summary>
/// <remarks>They change nothing, and nothing depends on them.</remarks>
public interface ICioWatch
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
}
