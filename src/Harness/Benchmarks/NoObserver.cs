using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Nothing is known, nothing is written.</summary>
internal sealed class NoObserver : IFuzzObserver
{
    /// <inheritdoc/>
    public void Found(Finding finding)
    {
    }

    /// <inheritdoc/>
    public void Kept(byte[] input)
    {
    }

    /// <inheritdoc/>
    public void Progress(FuzzStatistics statistics)
    {
    }
}
