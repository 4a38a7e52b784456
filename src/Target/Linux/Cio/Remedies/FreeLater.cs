using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy FreeLater: a subchannel is freed when every interrupt that was presented before is handled (on_each_cpu()).</summary>
/// <remarks>Remedy MoveLock needs the same for whoever waits for the lock of the subchannel (kfree_rcu()).</remarks>
internal static class FreeLater
{
    /// <summary>Frees the subchannel and its lock: at once if nobody found them before, else later.</summary>
    public static void Free(CioSubsystem cio, Ptr<Subchannel> sch)
    {
        if (HasReaders(cio.Kernel, sch)) cio.Kernel.Scheduler.Spawn(ContextKind.KernelThread, "rcu", () => WaitAndFree(cio, sch));
        else cio.Css.Free(sch);
    }

    /// <summary>Waits until everything is handled that was presented to a CPU before.</summary>
    public static async SimTask WaitForHandlers(GuestKernel k)
    {
        while (k.Scheduler.IsInterrupting) await k.Scheduler.Relax;
    }

    private static async SimTask WaitAndFree(CioSubsystem cio, Ptr<Subchannel> sch)
    {
        while (HasReaders(cio.Kernel, sch)) await cio.Kernel.Scheduler.Relax;
        cio.Css.Free(sch);
    }

    private static bool HasReaders(GuestKernel k, Ptr<Subchannel> sch) =>
        (k.Variant.Has(Remedies.FreeLater) && k.Scheduler.IsInterrupting)
        || (k.Variant.Has(Remedies.MoveLock) && MoveLock.HasSeekers(sch));
}
