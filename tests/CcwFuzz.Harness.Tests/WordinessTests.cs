using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>How much fuzz says about what it found.</summary>
public sealed class WordinessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public WordinessTests()
    {
        folder.Write("seeds/a.txt", Cli.SeedScenario);
        folder.Write("seeds/b.txt", "plug 0 type=blk\nread 0 run=4\nunplug 0\n");
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\nvariant: unpinned\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_finding_is_one_line()
    {
        var run = Fuzz("--executions", "20");
        var lines = Lines(run.Output);
        var found = lines.Where(l => l.StartsWith("new ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, found.Count); // both bugs of the toy
        Assert.Equal(found.Count, Lines(run.Error).Count(l => l.StartsWith("new finding at", StringComparison.Ordinal)));
        Assert.Single(lines, l => l.StartsWith("replay ", StringComparison.Ordinal));
        Assert.DoesNotContain("replay with", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("first at execution", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Details_come_on_request()
    {
        foreach (var option in (string[])["--details", "-v"])
        {
            var run = Fuzz("--executions", "1", option, "--findings", folder[$"found{option}"]);
            Assert.Contains("first at execution 1, 1 hits", run.Output, StringComparison.Ordinal);
            Assert.Contains("replay with: ", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_quiet_run_says_one_line_and_what_went_wrong()
    {
        folder.Write("seeds/broken.txt", "plgu\n");
        var run = Fuzz("--executions", "20", "--quiet");
        Assert.Equal(1, run.Exit);
        Assert.StartsWith("findings    2 new", Assert.Single(Lines(run.Output)), StringComparison.Ordinal);
        Assert.Contains("broken.txt", Assert.Single(Lines(run.Error)), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_at_once_is_a_mistake() => Fuzz("--quiet", "--details").IsMistake("--details and --quiet exclude each other");

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Cli Fuzz(params string[] options) => Cli.Run(["fuzz", "--config", folder["fuzz.yml"], .. options]);
}
