using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Configuration;

/// <summary>The configuration of a run: fuzz.yml, then CCWFUZZ_... variables, then the command line, the later ones winning.</summary>
/// <remarks>Each property has its description in <see cref="SettingsSchema"/>.</remarks>
internal sealed class FuzzSettings
{
    public string Variant { get; set; } = "mainline";

    public string Host { get; set; } = "bql";

    public string HostVersion { get; set; } = "q72";

    public string Notify { get; set; } = "bql";

    public List<string> Defects { get; set; } = [];

    public List<string> Remedies { get; set; } = [];

    /// <summary>A number, or "random".</summary>
    public string Seed { get; set; } = "1";

    /// <summary>Seconds to run; 0 for no limit.</summary>
    public double Seconds { get; set; } = 60;

    /// <summary>Executions to run; 0 for no limit.</summary>
    public long Executions { get; set; }

    public int Workers { get; set; } = 1;

    public string Engine { get; set; } = "guided";

    /// <summary>What is new about an execution.</summary>
    public List<string> Feedback { get; set; } = [.. Feedbacks.NamesOf(Feedbacks.Usual)];

    public CorpusSettings Corpus { get; set; } = new();

    /// <summary>Folder of the findings.</summary>
    public string Findings { get; set; } = "findings";

    /// <summary>Other folders with findings that are known.</summary>
    public List<string> Baseline { get; set; } = [];
}

/// <summary>Where inputs come from and go to.</summary>
internal sealed class CorpusSettings
{
    /// <summary>Folders with the inputs a run starts from.</summary>
    public List<string> Seeds { get; set; } = ["corpus/seeds", "corpus/regression"];

    /// <summary>Folder of an evolving corpus: read instead of the seeds, and new inputs are written to it.</summary>
    public string? Directory { get; set; }

    /// <summary>Whether new inputs are kept in corpus/work/VARIANT, and read at the next start.</summary>
    public bool Keep { get; set; }
}
