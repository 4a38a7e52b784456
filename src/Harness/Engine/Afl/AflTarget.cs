using CcwFuzz.Target;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>How an execution ended.</summary>
internal enum Ending
{
    /// <summary>Nothing happened.</summary>
    Clean,
    /// <summary>A violation.</summary>
    Violation,
    /// <summary>A bug of the model.</summary>
    ModelError,
}

/// <summary>Runs inputs of another fuzzer and fills its map.</summary>
/// <param name="target">What is run.</param>
/// <param name="complain">Told about each bug of the model once: its key, what it is, and the input that shows it.</param>
internal sealed class AflTarget(FuzzTarget target, Action<string, string, byte[]> complain)
{
    private const ulong WarmUpSeed = 1;
    private const int WarmUpRuns = 64;
    private readonly HashSet<string> complained = [];

    /// <summary>The layout of the map.</summary>
    public CounterMap Map { get; } = new(target);

    /// <summary>Runs some campaigns and forgets them: afl-fuzz measures the first executions to choose its timeout.</summary>
    public void WarmUp()
    {
        var generator = new CampaignGenerator();
        var buffer = new RecordBuffer();
        var random = new CcwFuzz.Target.Simulation.SplitMix(WarmUpSeed);
        for (var i = 0; i < WarmUpRuns; i++)
        {
            generator.Generate(buffer, ref random);
            target.Run(buffer.Bytes);
        }
    }

    /// <summary>Runs one input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="map">Where what it reaches goes; all zero.</param>
    public Ending Run(ReadOnlySpan<byte> input, Span<byte> map)
    {
        var verdict = target.Run(input);
        var key = verdict.Key;
        Map.CopyTo(map, key);
        if (key is null) return Ending.Clean;
        if (!verdict.IsModelError) return Ending.Violation;
        if (complained.Add(key)) complain(key, verdict.Title ?? key, input.ToArray());
        return Ending.ModelError;
    }
}
