namespace CcwFuzz.Harness.Contract;

/// <summary>How much a run says.</summary>
internal enum Wordiness
{
    /// <summary>The numbers, and a line for each finding.</summary>
    Usual,
    /// <summary>One line at the end, and what went wrong.</summary>
    Quiet,
    /// <summary>All about each finding.</summary>
    Detailed,
}
