namespace CcwFuzz.Machine.Logs;

/// <summary>A task that does not go on: it is in uninterruptible sleep.</summary>
/// <param name="Id">Its number and how often it was put to sleep: the same later if it did not go on.</param>
/// <param name="Name">Its name, without what a worker is doing.</param>
/// <param name="Stack">Its call chain, innermost first, a line each.</param>
public sealed record StuckTask(string Id, string Name, IReadOnlyList<string> Stack)
{
    private const string AgentName = "init";

    /// <summary>Functions that sleep so; the wait for a page of a read is one of them.</summary>
    private static readonly string[] KillableWaits = ["_killable", "folio_wait_bit_common", "folio_put_wait_locked"];

    /// <summary>Whether it is a thread of the agent: those wait for what the others should do.</summary>
    public bool IsAgent => Name.StartsWith(AgentName, StringComparison.Ordinal);

    /// <summary>Whether it is a thread of the agent that a signal would free: that is no hang.</summary>
    public bool IsKillable => IsAgent && Stack.Any(f => KillableWaits.Any(w => f.Contains(w, StringComparison.Ordinal)));

    /// <summary>Reads the agent's answer to 'stuck': 'PID.SLEEPS (NAME) FRAME;FRAME...|PID.SLEEPS (NAME) ...'.</summary>
    public static IReadOnlyList<StuckTask> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var tasks = new List<StuckTask>();
        foreach (var part in text.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            var open = part.IndexOf('(', StringComparison.Ordinal);
            var close = part.IndexOf(") ", StringComparison.Ordinal);
            if (open < 0 || close < open) continue; // cut off by the bound of an answer
            var frames = part[(close + 2)..].Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            tasks.Add(new StuckTask(part[..open].Trim(), part[(open + 1)..close], frames));
        }
        return tasks;
    }

    /// <summary>What the stuck tasks of a guest mean.</summary>
    public static Observation Describe(IReadOnlyList<StuckTask> tasks)
    {
        // Whoever waits for the agent's victims is no cause; the agent's own threads name the hang only if nobody else is stuck.
        var causes = tasks.Where(t => !t.IsAgent).ToList();
        if (causes.Count == 0) causes = [.. tasks];
        var stacks = causes
            .Select(t => KernelFunctions.OfStack(t.Stack))
            .Where(s => s.Count > 0)
            .OrderBy(s => string.Join(' ', s), StringComparer.Ordinal)
            .DistinctBy(s => string.Join(' ', s))
            .ToList();
        var functions = stacks.SelectMany((s, i) => i == 0 ? s : s.Prepend(KernelFunctions.Separator)).ToList();
        var places = string.Join(" and ", stacks.Select(s => s[0]).Distinct());
        return new Observation(
            "hang", $"tasks wait for ever in {places}", functions, [.. tasks.SelectMany(t => t.Stack.Prepend($"{t.Name}:"))]);
    }
}
