namespace CcwFuzz.Machine.Logs;

/// <summary>A task that does not go on: it is in uninterruptible sleep.</summary>
/// <param name="Id">Its number and how often it was put to sleep: the same later if it did not go on.</param>
/// <param name="Name">Its name, without what a worker is doing.</param>
/// <param name="Stack">Its call chain, innermost first, a line each.</param>
public sealed record StuckTask(string Id, string Name, IReadOnlyList<string> Stack)
{
    private const string AgentName = "init";

    /// <summary>How many functions identify a wait for something else than the host.</summary>
    private const int NamingFunctions = 2;

    /// <summary>
    /// Functions in which a task waits for the host. Tasks that wait elsewhere wait for such a task. The function alone identifies the
    /// defect: who called it, and under which name, differs between kernels.
    /// </summary>
    private static readonly HashSet<string> HostWaits = new(StringComparer.Ordinal)
    {
        "blk_execute_rq", "blk_mq_freeze_queue_wait", "ccw_device_set_online", "ccw_device_set_offline", "ccw_io_helper",
        "folio_wait_bit_common", "submit_bio_wait", "tell_host", "virtio_read", "virtnet_send_command",
    };

    /// <summary>Parts of the names of functions whose sleep a signal ends. A read waits for its page in one of them.</summary>
    private static readonly string[] KillableWaits = ["_killable", "folio_wait_bit_common", "folio_put_wait_locked"];

    /// <summary>Whether it is a thread of the agent: these wait for what other tasks should do.</summary>
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

    /// <summary>What the stuck tasks of a guest mean: one of them is the cause, others wait for it or are more of the same.</summary>
    public static Observation Describe(IReadOnlyList<StuckTask> tasks)
    {
        var cause = tasks
            .Select(t => (Task: t, Functions: KernelFunctions.OfStack(t.Stack)))
            .Where(s => s.Functions.Count > 0)
            .OrderBy(s => HostWaits.Contains(s.Functions[0]) && !s.Task.IsKillable ? 0 : 1)
            .ThenBy(s => s.Task.IsAgent ? 1 : 0)
            .ThenBy(s => string.Join(' ', s.Functions), StringComparer.Ordinal)
            .FirstOrDefault().Functions ?? [];
        var naming = cause.Count > 0 && HostWaits.Contains(cause[0]) ? 1 : NamingFunctions;
        var stacks = tasks.Select(t => KernelFunctions.OfStack(t.Stack)).Where(s => s.Count > 0);
        var others = stacks.Select(s => s[0]).Where(f => !cause.Contains(f)).Distinct().Order(StringComparer.Ordinal).ToList();
        var behind = others.Count > 0 ? $"; also in {string.Join(", ", others)}" : "";
        return new Observation(
            "hang", $"tasks wait for ever in {cause.FirstOrDefault("an unknown place")}{behind}", [.. cause.Take(naming)],
            [.. tasks.SelectMany(t => t.Stack.Prepend($"{t.Name}:"))]);
    }
}
