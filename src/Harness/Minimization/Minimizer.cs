using CcwFuzz.Harness.Minimization.Passes;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Finds the smallest campaign that still shows a key.</summary>
/// <remarks>
/// Passes take turns in a fixed order until none makes progress; then nothing single can be left out. The same campaign on
/// the same target gives the same result. All state is the current campaign: an interrupted minimization goes on from there.
/// </remarks>
internal sealed class Minimizer(FuzzTarget target)
{
    private static readonly IPass[] First = [new DropSuffix(), new KeepOneDevice()];

    private static readonly IPass[] Loop =
    [
        new DropFaults(), new DropDeviations(), new DropOperations(), new DropPairs(),
        new SimplifyOperations(), new RenumberSlots(), new ReduceValues(),
    ];

    /// <summary>Minimizes a campaign.</summary>
    /// <param name="campaign">Where to start; it is not changed.</param>
    /// <param name="key">The finding that has to stay.</param>
    /// <param name="options">How far to go.</param>
    /// <param name="progress">Told about each smaller campaign.</param>
    /// <exception cref="KeyNotShownException">The campaign does not show the key.</exception>
    public MinimizationResult Minimize(
        Campaign campaign, string key, MinimizationOptions options, Action<MinimizationProgress>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Variant is { } variant && variant.ToString() != target.Variant.ToString())
            throw new ArgumentException($"the target runs {target.Variant}, not {variant}", nameof(options));
        target.World.Trace.On = false;
        var reduction = new Reduction(target, campaign, key, options, progress);
        var log = new PassLog();
        foreach (var pass in First) log.Run(pass, reduction);
        var isMinimal = false;
        while (!isMinimal && !reduction.IsOver)
        {
            var size = reduction.Size;
            foreach (var pass in Loop) log.Run(pass, reduction);
            isMinimal = reduction.Size == size && !reduction.IsOver;
        }
        return new MinimizationResult
        {
            Campaign = reduction.Current,
            Key = key,
            OperationsBefore = campaign.Operations.Count,
            DeviationsBefore = campaign.Deviations.Count,
            FaultsBefore = campaign.Faults.Count,
            Executions = reduction.Executions,
            IsMinimal = isMinimal,
            Passes = log.Entries,
        };
    }
}
