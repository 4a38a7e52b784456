using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Checks;

/// <summary>I8: with regime C a ccw device has at least as many references as blocks of its pool are out.</summary>
internal sealed class PoolReferenceCheck : IStateCheck
{
    private const int OwnBlock = 1; // ccw_device_dma_area, which takes no reference

    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        if (stack.Kernel.Variant.Lifetime != Lifetime.Mainline) return;
        foreach (var cdev in stack.Devices)
        {
            var blocks = (cdev.Private.Target?.DmaPool.Target?.LiveBlocks ?? 0) - OwnBlock;
            if (blocks > cdev.RefCount)
                stack.World.Note(ViolationKind.RefCount, $"{cdev.Name} has fewer references than blocks of its pool", cdev.TypeName);
        }
    }
}
