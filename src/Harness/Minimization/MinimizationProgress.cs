using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization;

/// <summary>A campaign that is smaller than the one before and has the same key.</summary>
/// <param name="Pass">Who made it smaller.</param>
/// <param name="Executions">Executions used so far.</param>
/// <param name="Campaign">The campaign: all that is needed to go on from here another time.</param>
internal sealed record MinimizationProgress(string Pass, int Executions, Campaign Campaign);
