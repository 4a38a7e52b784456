using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers;

/// <summary>Read-copy-update as drivers use it: readers are interrupts, softirqs, and code with interrupts or softirqs off.</summary>
/// <param name="kernel">The guest.</param>
internal sealed class Rcu(GuestKernel kernel)
{
    /// <summary>Models rcu_read_lock_bh() within its caller.</summary>
    public void ReadLockBh() => kernel.Scheduler.Current.AtomicDepth++;

    /// <summary>Models rcu_read_unlock_bh() within its caller.</summary>
    public SchedulingPoint ReadUnlockBh()
    {
        kernel.Scheduler.Current.AtomicDepth--;
        return kernel.Point;
    }

    /// <summary>Models synchronize_net(): waits for every reader, at least for those that read now.</summary>
    public async SimTask SynchronizeNet()
    {
        using var frame = kernel.Enter("synchronize_net");
        await WaitForReaders();
    }

    /// <summary>Models synchronize_rcu(): the same, for those who do not hold rtnl_lock.</summary>
    public async SimTask SynchronizeRcu()
    {
        using var frame = kernel.Enter("synchronize_rcu");
        await WaitForReaders();
    }

    private async SimTask WaitForReaders()
    {
        await kernel.Point;
        while (HasReaders()) await kernel.Scheduler.Relax;
    }

    private bool HasReaders()
    {
        var me = kernel.Scheduler.Current;
        foreach (var context in kernel.Scheduler.Contexts)
        {
            if (ReferenceEquals(context, me) || context.Kind == ContextKind.Host) continue;
            if (!context.IsProcess || context.AtomicDepth > 0) return true;
        }
        return false;
    }
}
