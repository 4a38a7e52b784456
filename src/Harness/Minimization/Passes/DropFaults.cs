namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Drops faults: all, then in blocks, then one by one.</summary>
internal sealed class DropFaults : IPass
{
    /// <inheritdoc/>
    public string Name => "drop-faults";

    /// <inheritdoc/>
    public void Run(Reduction reduction) => Chunks.Remove(
        () => reduction.Current.Faults.Count,
        (start, length) => reduction.Try(Edit.WithoutFaults(reduction.Current, start, length)),
        whole: true);
}
