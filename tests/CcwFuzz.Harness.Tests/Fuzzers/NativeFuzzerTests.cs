using System.Diagnostics;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Fuzzers;

/// <summary>A test that needs a program; it is skipped, with the reason, where there is none.</summary>
public sealed class NeedsFactAttribute : FactAttribute
{
    /// <summary>Looks for the program.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="install">The script that installs it.</param>
    public NeedsFactAttribute(string program, string install)
    {
        Program = program;
        Install = install;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(f => File.Exists(Path.Combine(f, program)))) Skip = $"there is no {program}; {install} installs it";
        else if (!File.Exists(NativeFuzzerTests.Harness)) Skip = "the harness was not built with -c Release";
    }

    /// <summary>Name of the program.</summary>
    public string Program { get; }

    /// <summary>The script that installs it.</summary>
    public string Install { get; }
}

/// <summary>AFL++ and libFuzzer themselves, for a few seconds each: the scripts of eng, the exports, the known bug.</summary>
[Trait("Category", "NativeFuzzers")]
public sealed class NativeFuzzerTests
{
    internal static string Harness { get; } = Repository.PathOf("src", "Harness", "bin", "Release", "net10.0", "ccwfuzz");

    [NeedsFact("afl-fuzz", "eng/install-afl")]
    public void Afl_fuzz_finds_the_violations_with_our_mutators()
    {
        var output = Run("eng/run-afl", "6", "--variant", "unpinned");
        Assert.Matches("(?m)^stability (100.00|99.9[0-9])%$", output); // a few probes are in code that runs once a process
        Assert.DoesNotMatch("(?m)^saved_crashes 0$", output);
        Assert.Matches("(?m)^ *[0-9]+ (null-access|hang|leak|pool)-", output);
    }

    [NeedsFact("clang", "eng/install-libfuzzer")]
    public void Libfuzzer_finds_the_violations_and_writes_them_where_it_is_told_to()
    {
        var output = Run("eng/run-libfuzzer", "6", "-rss_limit_mb=2048");
        Assert.Matches("(?m)^ *[0-9]+ (null-access|hang|leak|pool)-", output);
    }

    private static string Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Repository.PathOf(script), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CCWFUZZ_VARIANT"] = "unpinned";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}: {errors.Result}{output}");
        return output;
    }
}
