using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I15: dev->dma_parms is NULL or points into something that lives, also where nobody follows it at the moment.</summary>
internal sealed class DanglingParmsCheck : IRestCheck
{
    private Violation? found;

    /// <summary>Looks at all devices while they are there.</summary>
    public void Note(Kernel kernel)
    {
        found = null;
        foreach (var candidate in kernel.Heap.Live)
        {
            if (candidate is not Device { DmaParms: { IsDangling: true, Target: { } parms } } device) continue;
            found = parms.Describe(ViolationKind.UseAfterFree, $"dev->dma_parms of {device.Name} points into freed {parms.TypeName}") with
            {
                Access = null,
                AccessContext = "",
            };
            return;
        }
    }

    /// <inheritdoc/>
    public Violation? Look(Kernel kernel) => found;
}
