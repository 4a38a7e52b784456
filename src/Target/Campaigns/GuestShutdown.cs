using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>The end of a guest: it shuts its devices down, or is cut off, and another one boots on the same machine.</summary>
/// <param name="stack">The stack.</param>
/// <param name="guest">Processes of the guest, which end with it.</param>
internal sealed class GuestShutdown(DeviceStack stack, GuestOperations guest)
{
    private const int TimersAtMost = 600;
    private Func<bool>? hasShutDown;

    /// <summary>A new execution starts: nothing is being shut down.</summary>
    public void Reset() => hasShutDown = null;

    /// <summary>The guest shuts its devices down and starts another kernel, as soon as the shutdown ends, if ever.</summary>
    /// <returns>False if it is shutting down already (system_transition_mutex).</returns>
    public bool Begin()
    {
        if (hasShutDown is not null) return false;
        var scheduler = stack.World.Scheduler;
        var isDown = false;
        scheduler.Spawn(ContextKind.Task, "reboot", Shutdown, first: true);
        scheduler.Run();
        for (var i = 0; !isDown && i < TimersAtMost && scheduler.AdvanceToNextTimer(); i++) scheduler.Run();
        hasShutDown = () => isDown;
        FinishIfDown();
        return true;

        async SimTask Shutdown()
        {
            await stack.Kernel.Core.Shutdown();
            isDown = true;
        }
    }

    /// <summary>Starts the other kernel if the shutdown that was begun has ended.</summary>
    public void FinishIfDown()
    {
        if (hasShutDown?.Invoke() == true) Reboot();
    }

    /// <summary>Resets the machine and boots another guest, whatever this one is doing.</summary>
    public void Reboot()
    {
        hasShutDown = null;
        guest.Reset();
        stack.Reboot();
    }
}
