using System.Globalization;
using System.Text;
using CcwFuzz.Target.Simulation;
using static CcwFuzz.Target.Checks.InvariantMoment;
using Kind = CcwFuzz.Target.Simulation.ViolationKind;

namespace CcwFuzz.Target.Checks;

/// <summary>The invariants I1 to I55 of device-stack.md section 8, and where each is checked; docs/invariants.md is made of it.</summary>
public static class InvariantCatalogue
{
    /// <summary>All invariants, in the order of their numbers.</summary>
    public static IReadOnlyList<Invariant> All { get; } = [.. Guest(), .. Device(), .. Host()];

    /// <summary>The catalogue as the table of docs/invariants.md.</summary>
    public static string Table()
    {
        var text = new StringBuilder("| # | invariant | layer | checked by | when | kind | remark |\n|---|---|---|---|---|---|---|\n");
        foreach (var one in All)
        {
            string[] cells =
            [
                string.Create(CultureInfo.InvariantCulture, $"I{one.Number}"), one.Sentence, one.Layer, one.CheckedBy,
                NameOf(one.Moment), NameOf(one), one.Remark,
            ];
            text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
        }
        return text.ToString();
    }

    private static string NameOf(Invariant one) => one.Moment == None ? "" : Violation.NameOf(one.Kind);

    private static string NameOf(InvariantMoment moment) => moment switch
    {
        Access => "at the access",
        Event => "at the event",
        Operation => "after an operation",
        Settled => "settled",
        Rest => "at rest",
        _ => "never",
    };

    /// <summary>Memory, references, pools and the driver core.</summary>
    private static Invariant[] Guest() =>
    [
        new(1, "no access to freed heap memory", "HEAP", "Ptr", Access, Kind.UseAfterFree),
        new(2, "nothing is freed twice, or freed that is no object", "HEAP", "CheckedHeap, GuestMemory", Access, Kind.DoubleFree),
        new(3, "every reference is given back once, and none is taken on the dead", "REF", "DeviceCore", Access, Kind.RefCount),
        new(4, "an object is released once, without references", "REF", "DeviceCore, CheckedHeap", Access, Kind.RefCount),
        new(5, "nothing is left when all devices are gone", "REF", "LeakCheck", Rest, Kind.Leak),
        new(6, "a pool has no block out when it is destroyed", "POOL", "DmaPool", Access, Kind.Pool),
        new(7, "what is freed into a pool was taken from it", "POOL", "DmaPool", Access, Kind.Pool),
        new(8, "a ccw device has a reference for each block of its pool", "POOL", "PoolReferenceCheck", Operation, Kind.RefCount,
            "only where each block takes one (regime C)"),
        new(9, "a subchannel is released after its ccw device", "REF", "ReleaseCheck", Event, Kind.RefCount),
        new(10, "callbacks of a ccw driver do not overlap", "DRV", "DriverCallbackCheck", Event, Kind.Protocol),
        new(11, "work, timers and async items hold what they use", "SCHED", "Ptr", Access, Kind.UseAfterFree,
            "a reference does not say who holds it: seen when the item meets what is freed"),
        new(12, "nothing is queued or armed for what is released", "SCHED", "ReleaseCheck", Event, Kind.RefCount),
        new(13, "no interrupt handler meets what is freed", "CIO", "Ptr", Access, Kind.UseAfterFree),
        new(14, "driver data points to nothing or to something live", "VCCW", "DrvdataCheck", Operation, Kind.Protocol),
        new(15, "dma_parms points to nothing or to something live", "VCCW", "DanglingParmsCheck", Settled, Kind.UseAfterFree,
            "6.1.192 does not set cdev->dev.dma_parms: only defect H13 does"),
        new(16, "a bit of an adapter interrupt vector has a live queue", "VCCW", "AirqPointerCheck", Operation, Kind.Protocol,
            "bits of queues without a name have none in 6.1 (mended by 2ccd42b959aa): known, not reported"),
        new(17, "bits are free when their queues are deleted", "VCCW", "AirqPointerCheck", Operation, Kind.Protocol,
            "as I16"),
        new(18, "vring_interrupt is never called with NULL", "RING", "Ptr", Access, Kind.NullAccess),
        new(19, "no queue is called back without a driver", "RING", "CallbackCheck", Event, Kind.Protocol),
        new(20, "no queue is freed while a handler has it", "RING", "Ptr", Access, Kind.UseAfterFree),
    ];

    /// <summary>Channel I/O of the guest, virtio_ccw and its channel programs.</summary>
    private static Invariant[] Device() =>
    [
        new(21, "a start needs the lock, an enabled subchannel and a state that allows it", "CIO", "StartCheck", Event, Kind.Protocol),
        new(22, "no start is accepted before the last one's status was collected", "CIO", "StartCheck", Event, Kind.Protocol),
        new(23, "programs and data lie below 2 GiB, on doublewords", "CIO", "StartCheck", Event, Kind.Protocol),
        new(24, "a channel program stays as it is until it was fetched", "DMA", "ChannelProgramCheck, GuestMemory", Event, Kind.Protocol,
            "that it stays allocated is seen by the host's access; hosts that do not defer fetch at once"),
        new(25, "the host never touches what the guest freed", "DMA", "GuestMemory, PageFrames", Access, Kind.DmaToFreed),
        new(26, "a device that was reset uses no queue", "HOSTDEV", "HostSilenceCheck", Event, Kind.Protocol),
        new(27, "a device that is unplugged touches nothing", "HOSTDEV", "HostSilenceCheck, VirtioCcwHostDevice", Event, Kind.Protocol),
        new(28, "changes of the configuration come between probe and remove", "VIO", "CallbackCheck", Event, Kind.Protocol),
        new(29, "a change of the configuration reaches its driver", "VIO", "ConfigChangeCheck", Settled, Kind.LostRequest,
            "of devices whose driver does something then; a later read, reset or unbinding will do"),
        new(30, "every wait in ccw_io_helper() ends", "SCHED", "HangCheck", Rest, Kind.Hang),
        new(31, "every wait for a state of a ccw device ends", "SCHED", "HangCheck, RecognitionCountCheck", Rest, Kind.Hang),
        new(32, "no circle of locks, waits and work", "SCHED", "HangCheck, LockOrder, WorkQueue, SpinLock", Access, Kind.Deadlock,
            "LockOrder notes orders that could deadlock (lock-order); device_lock is exempt, as in the kernel"),
        new(33, "whoever retries after -EBUSY sees the state machine move", "SCHED", "FsmEntryCheck, Scheduler", Event, Kind.Livelock),
        new(34, "one operation is in curr_io at a time", "VCCW", "IoResultCheck", Event, Kind.Protocol),
        new(35, "ccw_io_helper() returns the outcome of its own program", "VCCW", "IoResultCheck", Event, Kind.WrongResult,
            "not when it was killed or the device is gone"),
        new(36, "a made-up status goes to the handler it was promised to", "CIO", "FakeIrbCheck", Event, Kind.Protocol,
            "not when the driver was removed since"),
        new(37, "the state machine is entered with the lock held", "CIO", "FsmEntryCheck", Event, Kind.Protocol,
            "states and events are enumerations: no entry of the table can be missing"),
        new(38, "what is to be done is queued once", "CIO", "TodoCheck", Operation, Kind.Protocol),
        new(39, "subchannels and ccw devices refer to each other", "CIO", "ParentageCheck", Operation, Kind.Protocol),
        new(40, "a ccw device has its subchannel's lock", "CIO", "ParentageCheck, CioSubsystem", Operation, Kind.Protocol),
        new(41, "the guest has the devices that the host has", "CIO", "LostDeviceCheck", Settled, Kind.LostDevice,
            "not those that are ignored, did not answer, lack memory or a path; subchannels may stay"),
        new(42, "a driver hears that its device is gone before it loses it", "CIO", "GoneNotifiedCheck", Event, Kind.Protocol,
            "not where a user takes it away at the same time"),
        new(43, "nothing is registered below what is not; names are unique", "DRV", "ParentageCheck", Operation, Kind.Protocol),
    ];

    /// <summary>The host, what passes between both, and the rest.</summary>
    private static Invariant[] Host() =>
    [
        new(44, "each channel report is read once, or its loss is reported", "CSS", "CrwCheck", Operation, Kind.Protocol),
        new(45, "pending status is announced; condition codes follow the tables", "CSS", "StatusPendingCheck, RawOracle", Operation,
            Kind.Protocol, "a difference from the tables is a model error"),
        new(46, "no assertion of the host fails", "HOSTDEV", "VirtioCcwHostDevice, ChannelSubsystem", Access, Kind.HostAssert),
        new(47, "an indicator has as many references as users", "HOSTDEV", "IndicatorReferenceCheck", Operation, Kind.RefCount,
            "references that QEMU 7.2 forgets (SET_IND again, unplug) are counted as used"),
        new(48, "a revision is set once; a rejected SET_VQ changes nothing", "HOSTDEV", "VirtioCcwHostDevice", None, Kind.Protocol,
            "the device itself rejects a second revision; QEMU keeps the addresses of a rejected SET_VQ: known, not reported"),
        new(49, "the residual count is what was not moved", "HOSTDEV", "RawOracle", Event, Kind.ModelError,
            "compared with section 6.4, which has QEMU's exceptions"),
        new(50, "configuration that was not read is not used", "VCCW", "ConfigReadCheck", Event, Kind.WrongResult),
        new(51, "the host sees only what is meant for it", "DMA", "DmaPool, GuestMemory", None, Kind.Protocol,
            "blocks and pages are zero when they are handed out, in every variant"),
        new(52, "nothing sleeps in atomic context", "SCHED", "Mutex, WaitQueue, CioDma", Access, Kind.SleepInAtomic,
            "waits count whether they sleep or not (might_sleep); so do frees of coherent memory with interrupts off"),
        new(53, "the host returns descriptors that it was given", "RING", "CallbackCheck", Event, Kind.Protocol,
            "the guest breaks the queue"),
        new(54, "a virtio index is given back once", "VIO", "Ida, DeviceCore", Access, Kind.InvalidFree),
        new(55, "being online is one reference", "CIO", "OnlineReferenceCheck", Operation, Kind.RefCount),
    ];
}
