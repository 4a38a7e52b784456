using System.Diagnostics;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>How a process compiles what it runs.</summary>
/// <remarks>
/// .NET compiles a method first quickly, then with counters, then well. A campaign reaches new code for minutes, and three
/// compilations of it are most of what a short run does; they also run beside the loop, on the processor of the next worker.
/// Compiling well at once costs a second at the start; after some minutes what the counters told is worth more.
/// </remarks>
internal static class Compilation
{
    private const double LongSeconds = 180;
    private const long FewExecutions = 2_000;
    private const long ManyExecutions = 200_000;

    /// <summary>Whether the workers of a run should compile everything well at once.</summary>
    public static bool IsAtOnce(FuzzPlan plan)
    {
        if (plan.Seconds > 0) return plan.Seconds < LongSeconds;
        return plan.Executions / plan.Workers is > FewExecutions and < ManyExecutions;
    }

    /// <summary>Has a process compile everything well at once.</summary>
    public static void AtOnce(ProcessStartInfo start)
    {
        start.Environment["DOTNET_TC_QuickJit"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
    }
}
