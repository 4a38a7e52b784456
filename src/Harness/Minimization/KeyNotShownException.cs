namespace CcwFuzz.Harness.Minimization;

/// <summary>A campaign does not show the finding that was to be minimized.</summary>
internal sealed class KeyNotShownException(string expected, string? actual)
    : Exception($"the campaign does not show {expected}: it {(actual is null ? "runs clean" : $"shows {actual}")}")
{
    /// <summary>The key that was expected.</summary>
    public string Expected { get; } = expected;

    /// <summary>The key it has, or null if it runs clean.</summary>
    public string? Actual { get; } = actual;
}
