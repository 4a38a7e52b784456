namespace CcwFuzz.Target.Campaigns;

/// <summary>A mistake in the text form of a campaign.</summary>
/// <param name="line">Line, from 1.</param>
/// <param name="column">Column of the word that is wrong, from 1.</param>
/// <param name="problem">What is wrong and what was expected, in one line.</param>
public sealed class CampaignSyntaxException(int line, int column, string problem) : Exception($"{line}:{column}: {problem}")
{
    /// <summary>Line, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>Column, from 1.</summary>
    public int Column { get; } = column;

    /// <summary>What is wrong and what was expected.</summary>
    public string Problem { get; } = problem;
}
