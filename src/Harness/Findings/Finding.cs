using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Findings;

/// <summary>A violation that a run came upon, with the shortest input for it so far.</summary>
internal sealed class Finding
{
    /// <summary>Its identity.</summary>
    public required string Key { get; init; }

    /// <summary>What went wrong, for the input that is kept.</summary>
    public required Violation Violation { get; set; }

    /// <summary>How it stood when the run started.</summary>
    public required Judgement Judgement { get; init; }

    /// <summary>Whether it was known when the run started.</summary>
    public bool IsKnown => Judgement.Standing == Standing.Known;

    /// <summary>Number of the execution that came upon it first, from 1.</summary>
    public required long FirstExecution { get; init; }

    /// <summary>The bytes that replay it by themselves.</summary>
    public required byte[] Input { get; set; }

    /// <summary>How often the run came upon it.</summary>
    public long Hits { get; set; } = 1;

    /// <summary>Whether the files have <see cref="Input"/>.</summary>
    public bool IsStored { get; set; }

    /// <summary>Whether a shorter input was found since the files were written.</summary>
    public bool IsImproved { get; set; }

    /// <summary>Title in one line.</summary>
    public string Title => FindingKey.TitleOf(Violation);

    /// <summary>The input as a campaign.</summary>
    public Campaign Campaign => Campaign.Decode(Input);
}
