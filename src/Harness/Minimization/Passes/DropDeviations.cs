namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Drops departures from the default schedule: all, then from the end, then in blocks and one by one (ddmin).</summary>
/// <remarks>What is dropped from the end leaves the execution up to there as it was, so that comes first.</remarks>
internal sealed class DropDeviations : IPass
{
    /// <inheritdoc/>
    public string Name => "drop-deviations";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        if (reduction.Current.Deviations.Count == 0) return;
        if (reduction.Try(Edit.WithoutDeviations(reduction.Current, 0, reduction.Current.Deviations.Count))) return;
        for (var length = reduction.Current.Deviations.Count / 2; length > 1; length /= 2)
        {
            var count = reduction.Current.Deviations.Count;
            if (length < count) reduction.Try(Edit.WithoutDeviations(reduction.Current, count - length, length));
        }
        Chunks.Remove(
            () => reduction.Current.Deviations.Count,
            (start, length) => reduction.Try(Edit.WithoutDeviations(reduction.Current, start, length)),
            whole: false);
    }
}
