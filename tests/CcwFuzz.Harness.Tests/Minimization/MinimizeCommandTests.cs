using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Minimization;

public sealed class MinimizeCommandTests
{
    private const string Noisy = "plug 1\nplug 0 type=scsi\n  fail alloc=3\nopen 0\nread 0\nkick 1\nunplug 0\nclose 0\n";

    [Fact]
    public void It_writes_the_smallest_campaign_as_text_or_bytes()
    {
        using var folder = new TemporaryFolder();
        var input = folder.Write("in.txt", Noisy);
        foreach (var name in new[] { "out.txt", "out.bin" })
        {
            var output = folder[name];
            var run = Cli.Run("minimize", input, "-o", output, "--variant", "unpinned");
            Assert.Equal(0, run.Exit);
            Assert.Contains("operations  7 -> 3", run.Output, StringComparison.Ordinal);
            Assert.Contains("operations", run.Error, StringComparison.Ordinal);
            var show = Cli.Run("show", output);
            Assert.StartsWith("plug 0 type=scsi\nopen 0\nunplug 0\n", show.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
            Assert.Equal(1, Cli.Run("replay", output, "--variant", "unpinned").Exit);
        }
        Assert.Equal(3 * RecordCodec.Stride, new FileInfo(folder["out.bin"]).Length);
    }

    [Fact]
    public void Its_json_keeps_the_contract()
    {
        using var folder = new TemporaryFolder();
        var input = folder.Write("in.txt", Noisy);
        var json = Cli.Run("minimize", input, "-o", folder["out.bin"], "--variant", "unpinned", "--json").Json;
        Assert.StartsWith("pool-", (string?)json["key"], StringComparison.Ordinal);
        Assert.Equal((7, 3), ((int)json["operationsBefore"]!, (int)json["operationsAfter"]!));
        Assert.Equal((0, 0), ((int)json["deviationsBefore"]!, (int)json["deviationsAfter"]!));
        Assert.Equal((1, 0), ((int)json["faultsBefore"]!, (int)json["faultsAfter"]!));
        Assert.InRange((int)json["executions"]!, 2, 200);
        Assert.True((bool)json["minimal"]!);
    }

    [Fact]
    public void An_interrupted_one_goes_on_from_its_output()
    {
        using var folder = new TemporaryFolder();
        var (input, output) = (folder.Write("in.txt", Noisy), folder["out.bin"]);
        string[] args = ["-o", output, "--variant", "unpinned", "--json"];
        var first = Cli.Run(["minimize", input, .. args, "--executions", "4"]).Json;
        Assert.False((bool)first["minimal"]!);
        var second = Cli.Run(["minimize", output, .. args]).Json;
        Assert.True((bool)second["minimal"]!);
        Assert.Equal((string?)first["key"], (string?)second["key"]);
        Assert.Equal(3, (int)second["operationsAfter"]!);
    }

    [Fact]
    public void Mistakes_are_named()
    {
        using var folder = new TemporaryFolder();
        var (input, output) = (folder.Write("in.txt", Noisy), folder["out.bin"]);
        Cli.Run("minimize", input, "-o", output, "--variant", "mainline").IsMistake("no violation", "mainline");
        Assert.False(File.Exists(output));
        Cli.Run("minimize", input, "-o", output, "--executions", "none").IsMistake("--executions", "none");
        Cli.Run("minimize", input, "-o", Path.Combine(output, "no", "where"), "--variant", "unpinned").IsMistake("cannot write");
        Cli.Run("minimize", input).IsMistake("--output");
        Cli.Run("minimize", "nowhere", "-o", output).IsMistake("nowhere");
    }
}
