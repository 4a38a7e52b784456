using System.Diagnostics;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The program as a process, on the device stack: what a shell does with its streams, and what signals do.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ProcessTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\nvariant: unpinned\n");
    }

    private static string Program
    {
        get
        {
            var (program, first) = OwnProgram.Start();
            return first is null ? Hint.Quote(program) : $"{Hint.Quote(program)} {Hint.Quote(first)}";
        }
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("show seeds/seed.txt", ">&-", 3)]
    [InlineData("show seeds/seed.txt", ">/dev/full", 3)]
    [InlineData("show seeds/seed.txt", "2>&-", 0)]
    [InlineData("show seeds/seed.txt", "2>/dev/full", 0)]
    [InlineData("replay seeds/seed.txt", ">&-", 1)]
    [InlineData("replay seeds/seed.txt", ">/dev/full 2>&1", 1)]
    [InlineData("replay seeds/seed.txt", ">&- 2>&-", 1)]
    [InlineData("replay no-such-key", "2>&-", 2)]
    [InlineData("fuzz --executions 20", ">&- 2>&-", 1)]
    [InlineData("fuzz --executions 20 --json", ">/dev/full 2>/dev/full", 1)]
    public void A_stream_that_is_closed_or_full_ends_nothing(string command, string streams, int exit)
    {
        var (code, _, error) = Shell($"{Program} {command} {streams}");
        Assert.Equal(exit, code);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.True(error.Count(c => c == '\n') <= (command.StartsWith("fuzz", StringComparison.Ordinal) ? 9 : 1), error);
        if (command.StartsWith("fuzz", StringComparison.Ordinal)) Assert.NotEmpty(Directory.GetDirectories(folder["found"]));
    }

    [Fact]
    public void A_reader_that_leaves_changes_no_verdict()
    {
        var (_, output, error) = Shell($"({Program} replay seeds/seed.txt --trace; echo $? >code) | head -1");
        Assert.Equal("1", File.ReadAllText(folder["code"]).Trim());
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("", error);
    }

    [Fact]
    public void A_signal_that_comes_twice_ends_the_run_with_its_summary()
    {
        var script = $"{Program} fuzz --seconds 600 --variant mainline >out 2>err & "
            + "until grep -q 'to start from' err 2>/dev/null; do sleep 0.05; done; sleep 1; kill -TERM $!; kill -TERM $!; wait $!";
        var (code, _, _) = Shell(script);
        Assert.True(code is 0 or 1, $"exit code {code}: {File.ReadAllText(folder["err"])}");
        Assert.Contains(", interrupted", File.ReadAllText(folder["out"]), StringComparison.Ordinal);
        Assert.Contains("findings    ", File.ReadAllText(folder["out"]), StringComparison.Ordinal);
    }

    private (int Exit, string Output, string Error) Shell(string script)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = folder.Root, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        using var shell = Process.Start(start)!;
        var error = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, output, error.Result);
    }
}
