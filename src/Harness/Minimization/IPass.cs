namespace CcwFuzz.Harness.Minimization;

/// <summary>One way to make campaigns smaller.</summary>
/// <remarks>
/// A pass proposes candidates to <see cref="Reduction.Try"/>, which alone decides. It always proposes the same for the same
/// current campaign, and ends when it has nothing more to propose or the reduction is over.
/// </remarks>
internal interface IPass
{
    /// <summary>Name in reports.</summary>
    string Name { get; }

    /// <summary>Proposes what it has.</summary>
    void Run(Reduction reduction);
}
