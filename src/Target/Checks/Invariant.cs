using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>When an invariant is looked at.</summary>
public enum InvariantMoment
{
    /// <summary>At each access, by the memory, the reference counts, the locks or the scheduler; ends the execution.</summary>
    Access,
    /// <summary>When the event happens that could break it.</summary>
    Event,
    /// <summary>After an operation, when nothing can run.</summary>
    Operation,
    /// <summary>When the operations are over and everything has settled, before devices go.</summary>
    Settled,
    /// <summary>At the end, when all devices are gone.</summary>
    Rest,
    /// <summary>Nowhere: it cannot be broken here, or what breaks it is known and not reported.</summary>
    None,
}

/// <summary>One invariant of the stack.</summary>
/// <param name="Number">Number in device-stack.md section 8: 14 is I14.</param>
/// <param name="Sentence">What always holds.</param>
/// <param name="Layer">Where: HEAP, REF, POOL, DRV, CIO, VCCW, VIO, RING, CSS, HOSTDEV, SCHED or DMA.</param>
/// <param name="CheckedBy">Classes that look at it.</param>
/// <param name="Moment">When they do.</param>
/// <param name="Kind">What a finding is called.</param>
/// <param name="Remark">What the check excuses, or why the invariant cannot be broken; empty if there is nothing to say.</param>
public sealed record Invariant(
    int Number, string Sentence, string Layer, string CheckedBy, InvariantMoment Moment, ViolationKind Kind, string Remark = "");
