using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;

namespace CcwFuzz.Harness.Backends;

/// <summary>What campaigns on a real guest brought that was new.</summary>
internal sealed class RealFeedback
{
    private const int PlaceDigits = 4;
    private readonly HashSet<string> shapes = new(StringComparer.Ordinal);
    private readonly HashSet<string> sequences = new(StringComparer.Ordinal);
    private readonly HashSet<string> states = new(StringComparer.Ordinal);
    private readonly HashSet<string> places = new(StringComparer.Ordinal);

    /// <summary>Shapes of lines of the kernel's log.</summary>
    public int Shapes => shapes.Count;

    /// <summary>Sequences of events of QEMU.</summary>
    public int Sequences => sequences.Count;

    /// <summary>Results of requests, and states of devices at the end.</summary>
    public int States => states.Count;

    /// <summary>Places of the kernel, where it has kcov.</summary>
    public int Places => places.Count;

    /// <summary>Learns from the signs of a campaign.</summary>
    /// <returns>Whether any was new.</returns>
    public bool Learn(Signs signs)
    {
        var before = shapes.Count + sequences.Count + states.Count + places.Count;
        shapes.UnionWith(signs.Log.Select(LogOracle.ShapeOf));
        sequences.UnionWith(TraceSequences.Of(signs.Trace));
        states.UnionWith(signs.States);
        for (var i = 0; i + PlaceDigits <= signs.Places.Length; i += PlaceDigits) places.Add(signs.Places.Substring(i, PlaceDigits));
        return shapes.Count + sequences.Count + states.Count + places.Count > before;
    }
}
