using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.DriverCore;

/// <summary>A number of things under way that somebody can wait for (probe_count, async_synchronize_full).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="waitingFor">What one waits for, for traces and reports.</param>
internal sealed class Pending(World world, string waitingFor)
{
    private readonly WaitQueue none = new(world, waitingFor);
    private int count;

    /// <summary>One more begins.</summary>
    public void Begin() => count++;

    /// <summary>One ended.</summary>
    public void End()
    {
        if (--count == 0) none.WakeUp();
    }

    /// <summary>Sleeps until there is none.</summary>
    public async SimTask WaitForNone()
    {
        while (true)
        {
            var ticket = none.Prepare();
            if (count == 0) return;
            await none.Sleep(ticket);
        }
    }
}
