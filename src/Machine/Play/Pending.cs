using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Play;

/// <summary>Requests that the agent has not answered yet, and what came of the others.</summary>
internal sealed class Pending
{
    private const string Rest = "rest";
    private readonly Dictionary<Task<AgentReply>, string> requests = [];

    /// <summary>Which verbs ended with which error: a sign of what the guest was like.</summary>
    public HashSet<string> Results { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the last answer to 'rest' was that the guest is at rest.</summary>
    public bool WasQuiet { get; private set; }

    /// <summary>How many are not answered.</summary>
    public int Count => requests.Count;

    /// <summary>Remembers requests that were sent.</summary>
    public void Add(IReadOnlyList<Task<AgentReply>> answers, IReadOnlyList<AgentRequest> sent)
    {
        for (var i = 0; i < answers.Count; i++) requests[answers[i]] = sent[i].Verb;
    }

    /// <summary>Forgets all of them, or only those of a verb.</summary>
    public void Forget(string? verb = null)
    {
        foreach (var task in requests.Keys.Where(t => verb is null || Verb(requests[t]) == verb).ToList()) requests.Remove(task);
    }

    /// <summary>Waits until all are answered, for some time; those that are answered go.</summary>
    /// <returns>Whether all were.</returns>
    /// <exception cref="MachineException">The console closed.</exception>
    public async Task<bool> Wait(TimeSpan time, CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(requests.Keys).WaitAsync(time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The others stay.
        }
        foreach (var task in requests.Keys.Where(t => t.IsCompleted).ToList())
        {
            if (task.IsCompletedSuccessfully) Note(Verb(requests[task]), task.Result.Error);
            requests.Remove(task);
        }
        return requests.Count == 0;
    }

    private void Note(string verb, int error)
    {
        if (verb == Rest) WasQuiet = error == 0;
        else Results.Add($"{verb} {error}");
    }

    private static string Verb(string request) => request.Split(' ')[0];
}
