using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Afl;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>What a run of afl-fuzz came to.</summary>
/// <param name="Rate">Executions a second, warmed up.</param>
/// <param name="Executions">Executions of the whole run, those that measure the seeds included.</param>
/// <param name="InTarget">Microseconds of an execution within the target.</param>
/// <param name="Around">Microseconds of an execution outside: afl-fuzz, the exchange with it, filling its map.</param>
internal readonly record struct AflRun(double Rate, long Executions, double InTarget, double Around)
{
    /// <summary>How much faster an engine would be on the same inputs that costs nothing at all.</summary>
    public double Ceiling => (InTarget + Around) / InTarget;
}

/// <summary>afl-fuzz could not be run; the message is one line.</summary>
internal sealed class NoAflException(string message) : Exception(message);

/// <summary>Runs afl-fuzz on 'ccwfuzz afl', if it is there.</summary>
/// <param name="plan">The variant.</param>
/// <param name="configuration">The configuration file, or null for the nearest.</param>
/// <param name="target">What is run, for the size of the map.</param>
internal sealed partial class AflFuzz(FuzzPlan plan, string? configuration, FuzzTarget target)
{
    private const string Program = "afl-fuzz";
    private const string MutatorName = "libccwfuzz-mutator.so";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Folder, within an output folder, of an instance without a name.</summary>
    public const string Instance = "default";

    /// <summary>Runs it.</summary>
    /// <param name="ours">Whether our mutators take the place of its own.</param>
    /// <param name="seeds">Folder of the inputs to start from; none of them may violate anything.</param>
    /// <param name="output">Folder that it creates.</param>
    /// <param name="seconds">Seconds after the seeds are measured.</param>
    /// <param name="seed">Where its choices come from.</param>
    /// <exception cref="NoAflException">It is not there, or it failed.</exception>
    public AflRun Run(bool ours, string seeds, string output, double seconds, ulong seed)
    {
        var start = new ProcessStartInfo(Find()) { RedirectStandardOutput = true, RedirectStandardError = true };
        Compilation.AtOnce(start);
        if (ours) start.Environment["AFL_CUSTOM_MUTATOR_LIBRARY"] = Mutator();
        if (ours) start.Environment["AFL_CUSTOM_MUTATOR_ONLY"] = "1";
        string[] switches =
            ["AFL_SKIP_BIN_CHECK", "AFL_NO_AFFINITY", "AFL_SKIP_CPUFREQ", "AFL_NO_UI", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES"];
        foreach (var name in switches) start.Environment[name] = "1";
        start.Environment["AFL_MAP_SIZE"] = new CounterMap(target).Size.ToString(CultureInfo.InvariantCulture);
        var times = output + ".times";
        foreach (var word in Words(seeds, output, times, seconds, seed)) start.ArgumentList.Add(word);

        using var process = Process.Start(start)!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromSeconds(seconds) + Patience)) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        if (process.ExitCode != 0 || !File.Exists(times))
            throw new NoAflException($"afl-fuzz failed: {LastWords(string.Join('\n', said.Result))}");
        return Read(File.ReadAllLines(times));
    }

    private List<string> Words(string seeds, string output, string times, double seconds, ulong seed)
    {
        var (program, first) = OwnProgram.Start();
        List<string> words =
        [
            "-V", Math.Ceiling(seconds).ToString(CultureInfo.InvariantCulture), "-t", "5000",
            "-s", (seed & int.MaxValue).ToString(CultureInfo.InvariantCulture), "-i", seeds, "-o", output, "--", program,
        ];
        if (first is not null) words.Add(first);
        words.AddRange(["afl", "--times", times, .. BenchWorker.Variant(plan)]);
        if (configuration is not null) words.AddRange(["--config", Path.GetFullPath(configuration)]);
        return words;
    }

    /// <summary>From a third of the run on everything is compiled, and the seeds are measured.</summary>
    private static AflRun Read(string[] lines)
    {
        var samples = lines.Select(l => l.Split(' ')).Where(w => w.Length == 3)
            .Select(w => w.Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        if (samples.Count < 2) throw new NoAflException("afl-fuzz executed too little to be measured");
        var last = samples[^1];
        var first = samples.First(s => s[0] >= last[0] / 3);
        if (first == last) first = samples[^2];
        var (seconds, executions, inTarget) = (last[0] - first[0], last[1] - first[1], last[2] - first[2]);
        return new AflRun(executions / seconds, (long)last[1], 1e6 * inTarget / executions, 1e6 * (seconds - inTarget) / executions);
    }

    private static string Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, Program)).FirstOrDefault(File.Exists)
        ?? throw new NoAflException("afl-fuzz is not there: eng/install-afl installs it");

    private static string Mutator()
    {
        var path = Path.Combine(AppContext.BaseDirectory, MutatorName);
        if (!File.Exists(path)) throw new NoAflException($"{MutatorName} is not beside ccwfuzz: 'eng/build-native mutator' builds it");
        return path;
    }

    private static string LastWords(string text)
    {
        var lines = Colours().Replace(text, "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var abort = lines.LastOrDefault(l => l.Contains("PROGRAM ABORT", StringComparison.Ordinal));
        return abort ?? lines.LastOrDefault() ?? "it said nothing";
    }

    [GeneratedRegex(@"\e[\[\(][0-9;]*[A-Za-z]|[\x00-\x08\x0e-\x1f]")]
    private static partial Regex Colours();
}
