using CcwFuzz.Harness.Findings;

namespace CcwFuzz.Harness.Engine;

/// <summary>What the engine tells while it runs.</summary>
internal interface IFuzzObserver
{
    /// <summary>How a finding stood before the run; new if nobody knows.</summary>
    Judgement Judge(string key) => default;

    /// <summary>A violation with a key that this run had not seen; it was replayed from its bytes.</summary>
    void Found(Finding finding);

    /// <summary>An input reached something new.</summary>
    void Kept(byte[] input);

    /// <summary>An input of somebody else to run next, or null. The one before was dealt with.</summary>
    byte[]? NextImport() => null;

    /// <summary>Seconds that what is left to do after the last execution will take.</summary>
    double SecondsAtEnd => 0;

    /// <summary>Comes several times a second.</summary>
    void Progress(FuzzStatistics statistics);
}
