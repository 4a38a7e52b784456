using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>One way to make a new campaign out of one that is there.</summary>
internal interface IMutator
{
    /// <summary>Changes the campaign in the buffer.</summary>
    /// <param name="buffer">The campaign.</param>
    /// <param name="other">Another campaign of the corpus, to take parts from.</param>
    /// <param name="random">Where choices come from.</param>
    /// <returns>Whether anything was changed; false if it does not apply.</returns>
    bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random);
}
