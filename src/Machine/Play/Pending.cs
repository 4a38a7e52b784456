using CcwFuzz.Machine.Agent;

namespace CcwFuzz.Machine.Play;

/// <summary>Requests that the agent has not answered yet.</summary>
internal static class Pending
{
    /// <summary>Waits until all are answered, for some time; those that are answered go.</summary>
    /// <exception cref="MachineException">The console closed.</exception>
    public static async Task Wait(Dictionary<Task<AgentReply>, string> pending, TimeSpan time, CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(pending.Keys).WaitAsync(time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The others stay.
        }
        foreach (var task in pending.Keys.Where(t => t.IsCompleted).ToList()) pending.Remove(task);
    }
}
