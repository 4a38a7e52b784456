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
    /// <summary>How often numbers are made smaller; each time may allow to leave out more.</summary>
    private const int MostRounds = 4;

    /// <summary>What takes away most of a raw campaign in a few steps.</summary>
    private static readonly IPass[] Once = [new DropSuffix(), new DropIdle(), new KeepOneDevice()];

    /// <summary>What leaves out operations, faults and deviations.</summary>
    private static readonly IPass[] Structure =
    [
        new DropFaults(), new DropDeviations(), new DropOperations(), new DropPairs(),
    ];

    /// <summary>What looks for better schedules than the one there is.</summary>
    private static readonly IPass[] Searches = [new SearchWithoutOperation(), new MergeDeviations(), new SearchSchedules()];

    /// <summary>What makes the rest simpler; worth its executions only when little is left.</summary>
    private static readonly IPass[] Values = [new SimplifyOperations(), new RenumberSlots(), new ReduceValues()];

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
        Run(Once);
        for (var round = 0; ; round++)
        {
            while (Run(Structure) || Run(Searches))
            {
            }
            // Ends here, where nothing can be left out: smaller numbers do not matter as much.
            if (round == MostRounds || !Run(Values)) break;
        }
        return new MinimizationResult
        {
            Campaign = reduction.Current,
            Key = key,
            OperationsBefore = campaign.Operations.Count,
            DeviationsBefore = campaign.Deviations.Count,
            FaultsBefore = campaign.Faults.Count,
            Executions = reduction.Executions,
            IsMinimal = !reduction.IsOver,
            Passes = log.Entries,
        };

        bool Run(IPass[] passes)
        {
            var size = reduction.Size;
            foreach (var pass in passes) log.Run(pass, reduction);
            return reduction.Size != size && !reduction.IsOver;
        }
    }
}
