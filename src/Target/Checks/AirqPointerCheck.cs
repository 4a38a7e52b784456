using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I16, I17: a bit of an adapter interrupt vector points to a live queue, and is free once the queue is deleted.</summary>
/// <remarks>
/// Bits without a pointer are not looked at: Linux 6.1 takes one for each queue without a name, and never gives it back
/// (mended by 2ccd42b959aa), which every balloon would show.
/// </remarks>
internal sealed class AirqPointerCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var area in stack.VirtioCcw.Airqs.Areas)
            if (area.Vector.HasDanglingPointer) Note(stack.World, area);
    }

    private static void Note(World world, AirqInfo area) => world.Note(new Violation
    {
        Kind = ViolationKind.Protocol,
        ObjectType = "struct airq_iv",
        Message = $"a bit of the adapter interrupt vector at {area.Vector.Address:x} is taken for a queue that is freed",
    });
}
