using CcwFuzz.Harness.Findings;

namespace CcwFuzz.Harness.Engine;

/// <summary>Tells a person, or the parent process, how a run goes.</summary>
internal interface IProgressReporter
{
    /// <summary>Comes often; decides itself when to say something.</summary>
    void Progress(FuzzStatistics statistics);

    /// <summary>Something was found.</summary>
    /// <param name="finding">What.</param>
    /// <param name="folder">Where it is, or null if it could not be written.</param>
    void Found(Finding finding, string? folder);

    /// <summary>The run is over.</summary>
    void End();
}
