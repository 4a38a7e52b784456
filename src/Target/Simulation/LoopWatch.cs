namespace CcwFuzz.Target.Simulation;

/// <summary>Watches an execution that does not end, and names the function that its loop spends most steps in.</summary>
/// <remarks>Functions with about as many steps count as equal, and the first by name stands for them: where the watch begins and ends
/// in the loop then makes no difference.</remarks>
internal sealed class LoopWatch
{
    private const int Steps = 8192;
    private const double AboutAsMany = 0.9;
    private readonly Dictionary<string, (int Count, CallSite Site, string Context)> functions = new(StringComparer.Ordinal);
    private int steps;

    /// <summary>Counts a step of a context.</summary>
    /// <returns>Whether it was watched long enough.</returns>
    public bool Count(Context context)
    {
        var function = context.Site.Function;
        functions[function] = functions.TryGetValue(function, out var seen)
            ? seen with { Count = seen.Count + 1 }
            : (1, context.Site, context.Name);
        return ++steps >= Steps;
    }

    /// <summary>The function with most steps, and a context that was in it.</summary>
    public (CallSite Site, string Context) Busiest()
    {
        var most = functions.Values.Max(f => f.Count);
        var found = functions.Where(f => f.Value.Count >= most * AboutAsMany).MinBy(f => f.Key, StringComparer.Ordinal).Value;
        return (found.Site, found.Context);
    }
}
