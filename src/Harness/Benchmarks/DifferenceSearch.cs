using System.Globalization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>How long it took until one variant showed what another does not.</summary>
/// <param name="Executions">Executions that were made.</param>
internal sealed record Difference(long Executions)
{
    /// <summary>Key of the finding, or null if there was none.</summary>
    public string? Key { get; init; }

    /// <summary>The campaign that shows it.</summary>
    public byte[] Input { get; init; } = [];

    /// <summary>Why the run ended early, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>What was needed, in words.</summary>
    public string Needed => string.Create(CultureInfo.InvariantCulture, $"{(Key is null ? "not found in " : "")}{Executions}");
}

/// <summary>Fuzzes one variant for a finding that another does not have.</summary>
/// <remarks>
/// A finding counts if the same campaign does not come to it on the other variant, neither with its own schedule nor with others
/// around it: a switch moves scheduling points. A counter of executions is what is measured: the machine has no part in it.
/// </remarks>
/// <param name="plan">What is run; its number of executions is the most.</param>
/// <param name="seeds">Inputs to start from.</param>
/// <param name="newTarget">Builds what is run.</param>
internal sealed class DifferenceSearch(FuzzPlan plan, IReadOnlyList<byte[]> seeds, Func<Variant, FuzzTarget> newTarget)
{
    /// <summary>Looks until something is found.</summary>
    /// <param name="variant">What is fuzzed.</param>
    /// <param name="other">The variant that does not have it.</param>
    /// <param name="stop">Ends it early.</param>
    public Difference Run(Variant variant, Variant other, StopSignal stop)
    {
        using var found = new StopSignal();
        using var both = stop.Token.Register(found.Request);
        var without = new Neighbourhood(newTarget(other), plan.Seed);
        var fuzzer = new Fuzzer(plan with { Variant = variant }, newTarget(variant), new NoObserver(), found);
        var result = new Difference(0);
        fuzzer.Executed = (campaign, key) =>
        {
            if (key is null || result.Key is not null || without.Shows(campaign, key)) return;
            result = result with { Key = key, Input = campaign.Encode() };
            found.Request();
        };
        try
        {
            fuzzer.Run(seeds);
        }
        catch (InternalFailureException e)
        {
            result = result with { Failure = e.Message };
        }
        return result with { Executions = fuzzer.Statistics.Executions };
    }
}
