using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>replay of a folder: every input once, judged by its record.</summary>
public sealed class FolderReplayTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FolderReplayTests() => folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\nvariant: unpinned\n");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Inputs_without_a_record_are_to_be_clean()
    {
        folder.Write("seeds/a.txt", "plug 0\n");
        folder.Write("seeds/below/b.txt", Cli.SeedScenario);
        folder.Write("seeds/README.md", "no input");
        var run = Replay("seeds");
        Assert.Equal(1, run.Exit);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Equal("clean        a.txt", lines[0]);
        Assert.Matches("^violation    below/b.txt  pool-.*  unexpected$", lines[1]);
        Assert.Equal("2 inputs: 1 clean, 1 violate; 1 unexpected", lines[2]);
        Assert.Equal(0, Replay("seeds", "--variant", "mainline").Exit);
    }

    [Fact]
    public void The_input_of_a_finding_is_to_show_what_its_record_says_on_its_own_variant()
    {
        var key = Find();
        var run = Cli.Run("replay", folder["found"], "--json"); // mainline, if nobody says otherwise
        Assert.Equal(0, run.Exit);
        var input = Assert.Single(run.Json["inputs"]!.AsArray())!;
        Assert.Equal((key, key), ((string)input["key"]!, (string)input["recorded"]!));
        Assert.Equal(("unpinned", true), ((string)input["variant"]!, (bool)input["expected"]!));
        Assert.Equal(1, (int)run.Json["summary"]!["violations"]!);
        Assert.Equal(0, (int)run.Json["summary"]!["unexpected"]!);
        // Whoever asks for a variant asks what is shown there, whatever the record says.
        Assert.Equal(1, Replay("found", "--variant", "unpinned").Exit);
        Assert.Equal(0, Replay("found", "--variant", "mainline").Exit);
    }

    [Fact]
    public void What_shows_something_else_than_its_record_or_nothing_is_unexpected()
    {
        var key = Find();
        File.WriteAllBytes(folder[$"found/{key}/campaign.bin"], new byte[8]);
        var run = Replay("found");
        Assert.Equal(1, run.Exit);
        Assert.Contains($"clean        {key}/campaign.bin  unexpected, recorded is {key}", run.Output, StringComparison.Ordinal);
        Directory.Move(folder[$"found/{key}"], folder["found/pool-other"]);
        Cli.Run("compile", folder["seeds/seed.txt"], "-o", folder["found/pool-other/campaign.bin"]);
        Assert.Contains($"{key}  unexpected, recorded is pool-other", Replay("found").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_read_is_skipped_named_and_counted()
    {
        folder.Write("seeds/a.txt", "plug 0\n");
        folder.Write("seeds/b.txt", "plgu 0\n");
        var run = Replay("seeds");
        Assert.Equal(0, run.Exit);
        Assert.Contains("b.txt:1:1: unknown operation", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 input: 1 clean, 0 violate; 0 unexpected, 1 skipped", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_inputs_is_a_mistake_and_a_trace_is_of_one_input()
    {
        Directory.CreateDirectory(folder["empty"]);
        Replay("empty").IsMistake("there are no inputs in");
        folder.Write("seeds/a.txt", "plug 0\n");
        Replay("seeds", "--trace").IsMistake("--trace", "folder");
    }

    [Fact]
    public void An_error_of_the_model_is_the_worst_that_can_come()
    {
        folder.Write("seeds/a.txt", "plug 0\n");
        folder.Write("seeds/b.txt", Cli.SeedScenario);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = HarnessApp.Run(["replay", folder["seeds"], "--config", folder["fuzz.yml"]], output, error, variant =>
            new Target.FuzzTarget(variant, _ => _ => throw new InvalidOperationException("broken")));
        Assert.Equal(3, exit);
        Assert.Contains("2 errors of the model", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("a bug of the model itself", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_target_a_variant_plays_them_all()
    {
        for (var i = 0; i < 4; i++) folder.Write($"seeds/{i}.txt", "plug 0\n");
        var made = 0;
        using var output = new StringWriter();
        HarnessApp.Run(["replay", folder["seeds"], "--config", folder["fuzz.yml"]], output, TextWriter.Null, variant =>
        {
            made++;
            return ToyStack.NewTarget(variant);
        });
        Assert.Equal(1, made);
    }

    private Cli Replay(string name, params string[] options) =>
        Cli.Run(["replay", folder[name], "--config", folder["fuzz.yml"], .. options]);

    /// <summary>One finding on unpinned.</summary>
    private string Find()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        var run = Cli.Run("fuzz", "--config", folder["fuzz.yml"], "--executions", "1", "--json");
        return (string)run.Json["findings"]![0]!["key"]!;
    }
}
