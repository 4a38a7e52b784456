using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The command line as a contract: exit codes, JSON, one line for every mistake.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("", "no verb given", "fuzz, replay")]
    [InlineData("fuz", "unknown verb 'fuz'", "did you mean 'fuzz'?")]
    [InlineData("fuzz --secnds 3", "unknown option '--secnds'", "did you mean '--seconds'?")]
    [InlineData("fuzz extra", "unexpected argument 'extra'", "")]
    [InlineData("fuzz --seconds", "--seconds", "")]
    [InlineData("fuzz --seconds abc", "--seconds: 'abc'", "expected a number of at least 0")]
    [InlineData("fuzz --executions 1.5", "--executions: '1.5'", "expected a whole number")]
    [InlineData("fuzz --executions -1", "-1", "")]
    [InlineData("fuzz --workers 0", "--workers: '0'", "from 1 to 256")]
    [InlineData("fuzz --engine fast", "--engine: 'fast'", "guided, random, pct")]
    [InlineData("fuzz --seed x", "--seed: 'x'", "'random'")]
    [InlineData("fuzz --seed 1 --seed 2", "--seed", "")]
    [InlineData("fuzz --variant mainlin", "--variant: unknown variant 'mainlin'", "did you mean 'mainline'?")]
    [InlineData("fuzz --host qemu", "--host: unknown host 'qemu'", "bql")]
    [InlineData("fuzz --defect H999", "--defect: unknown defect 'H999'", "")]
    [InlineData("fuzz --remedy R999", "--remedy: unknown remedy 'R999'", "")]
    [InlineData("fuzz --config /nowhere/fuzz.yml", "--config", "'/nowhere/fuzz.yml'")]
    [InlineData("replay", "INPUT", "see 'ccwfuzz replay --help'")]
    [InlineData("replay no-such-key", "no file and no finding 'no-such-key'", "")]
    [InlineData("show /", "cannot read '/'", "")]
    [InlineData("compile x.txt", "--output", "")]
    [InlineData("compile /nowhere/x.txt -o y", "cannot read '/nowhere/x.txt'", "no such file")]
    public void A_mistake_is_one_line_with_its_remedy(string line, string says, string remedy) =>
        Cli.Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).IsMistake(says, remedy);

    [Theory]
    [InlineData("--help")]
    [InlineData("fuzz --help")]
    public void Help_is_no_mistake(string line)
    {
        var help = Cli.Run(line.Split(' '));
        Assert.Equal(0, help.Exit);
        Assert.Contains("fuzz", help.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--worker ", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_with_a_mistake_names_line_and_column()
    {
        var text = folder.Write("campaign.txt", "plug 0\n\n  plgu 1\n");
        Cli.Run("replay", text).IsMistake("campaign.txt:3:3: unknown operation 'plgu'; expected one of plug", "did you mean 'plug'?");
        Cli.Run("compile", text, "-o", folder["out.bin"]).IsMistake("campaign.txt:3:3:");
        Assert.False(File.Exists(folder["out.bin"]));
    }

    [Fact]
    public void Text_compiles_to_bytes_and_is_shown_as_text_again()
    {
        var text = folder.Write("a.txt", "# x\nplug 0 type=blk\nunplug 0 run=7\n  fail alloc=2 kind=ring\n  switch at=3\n");
        var compiled = Cli.Run("compile", text, "-o", folder["a.bin"], "--json");
        Assert.Equal(0, compiled.Exit);
        Assert.Equal(2, (int)compiled.Json["operations"]!);
        Assert.Equal(4 * RecordCodec.Stride, new FileInfo(folder["a.bin"]).Length);
        var expected = "plug 0 type=blk\nunplug 0 run=7\n  fail alloc=2 kind=ring\n  switch at=3\n";
        var marked = Cli.Run("show", folder["a.bin"]).Output;
        Assert.Equal(expected, string.Concat(marked.Split('\n')[..^1].Select(line => line.Split("  # no effect: ")[0] + "\n")));
        var shown = Cli.Run("show", text, "--json").Json;
        Assert.Equal(2, (int)shown["operations"]!);
        Assert.Equal(expected, (string?)shown["text"]);
    }

    [Fact]
    public void What_cannot_be_written_is_a_mistake()
    {
        var text = folder.Write("a.txt", "settle\n");
        Cli.Run("compile", text, "-o", folder["no/such/folder/a.bin"]).IsMistake("cannot write", "no such file or directory");
        folder.Write("file", "");
        Cli.Run("fuzz", "--executions", "1", "--findings", folder["file"]).IsMistake("cannot write findings to");
    }

    [Fact]
    public void Bytes_and_text_are_told_apart()
    {
        var text = folder.Write("no-ending", "settle\n");
        Assert.Equal("settle\n", Cli.Run("show", text).Output);
        var bytes = folder["bytes"];
        File.WriteAllBytes(bytes, [20, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal("settle\n", Cli.Run("show", bytes).Output);
        var printable = folder.Write("printable.bin", "AAAAAAAA");
        Assert.Equal(0, Cli.Run("show", printable).Exit);
        File.WriteAllBytes(folder["empty"], []);
        Cli.Run("show", folder["empty"]).IsMistake("it is empty");
    }

    [Fact]
    public void Replay_gives_the_verdict()
    {
        var text = folder.Write("seed.txt", Cli.SeedScenario);
        var clean = Cli.Run("replay", text, "--variant", "mainline", "--json");
        Assert.Equal(0, clean.Exit);
        Assert.Equal("clean", (string?)clean.Json["verdict"]);
        Assert.Null(clean.Json["key"]);
        Assert.Equal(4, (int)clean.Json["operations"]!);
        Assert.True((int)clean.Json["steps"]! > 0);
        var violation = Cli.Run("replay", text, "--variant", "unpinned", "--json");
        Assert.Equal(1, violation.Exit);
        Assert.Equal("violation", (string?)violation.Json["verdict"]);
        foreach (var field in (string[])["key", "title", "kind"]) Assert.NotEqual("", (string?)violation.Json[field]);
        Assert.Null(violation.Json["trace"]);
        Assert.Equal(violation.Output, Cli.Run("replay", text, "--variant", "unpinned", "--json").Output);
    }

    [Fact]
    public void Replay_prints_the_trace_and_the_violation()
    {
        var text = folder.Write("seed.txt", Cli.SeedScenario);
        var run = Cli.Run("replay", text, "--variant", "unpinned", "--trace");
        Assert.Equal(1, run.Exit);
        Assert.Matches(@"(?m)^step +context +kind +text$", run.Output);
        Assert.Contains("plug 0 type=scsi", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^violation: ", run.Output);
        Assert.Matches(@"(?m)^access +by ", run.Output);
        Assert.NotEmpty(Cli.Run("replay", text, "--variant", "unpinned", "--trace", "--json").Json["trace"]!.AsArray());
    }

    [Fact]
    public void Variants_lists_the_catalogue()
    {
        var json = Cli.Run("variants", "--json").Json;
        Assert.Equal(VariantCatalogue.Variants.Select(v => v.Name), json["variants"]!.AsArray().Select(v => (string)v!["name"]!));
        Assert.Equal(Defects.All.Count, json["defects"]!.AsArray().Count);
        Assert.Equal(Remedies.All.Count, json["remedies"]!.AsArray().Count);
        var text = Cli.Run("variants");
        Assert.Equal(0, text.Exit);
        Assert.All(VariantCatalogue.Variants, v => Assert.Contains(v.Sentence, text.Output, StringComparison.Ordinal));
    }
}
