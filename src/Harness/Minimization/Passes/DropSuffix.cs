namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Drops the end of the campaign, as much as possible in one step.</summary>
/// <remarks>
/// What comes after a violation never started and is gone already; this is for violations that show at rest only. Nothing
/// before the end is disturbed by it.
/// </remarks>
internal sealed class DropSuffix : IPass
{
    /// <inheritdoc/>
    public string Name => "drop-suffix";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        for (var length = reduction.Current.Operations.Count / 2; length > 0; length /= 2)
        {
            while (length < reduction.Current.Operations.Count)
            {
                var start = reduction.Current.Operations.Count - length;
                if (!reduction.Try(new Draft(reduction.Current).Remove(start, length).Assemble())) break;
            }
        }
    }
}
