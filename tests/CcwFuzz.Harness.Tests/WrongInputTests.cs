using CcwFuzz.Harness.Contract;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Mistakes that would go unseen: each is one line, exit code 2, and nothing is written.</summary>
public sealed class WrongInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public WrongInputTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nvariant: unpinned\n");
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("fuzz --executions 1 --findings", "--findings: cannot make")]
    [InlineData("fuzz --executions 1 --corpus", "--corpus: cannot make")]
    [InlineData("fuzz --executions 1 --sync", "--sync: cannot make")]
    [InlineData("fuzz --executions 1 --baseline", "--baseline: there is no folder")]
    [InlineData("triage --raw SEEDS --findings", "--findings: cannot make")]
    [InlineData("triage --findings", "--findings: there is no folder")]
    [InlineData("triage --regression", "--regression: cannot make")]
    [InlineData("compare --executions 0 --findings", "--findings: there is no folder")]
    [InlineData("corpus export", "cannot make")]
    [InlineData("corpus import SEEDS --corpus", "--corpus: cannot make")]
    public void A_folder_that_can_only_be_a_mistake_is_named(string command, string says)
    {
        var before = Everything();
        string[] words = [.. command.Replace("SEEDS", folder["seeds"], StringComparison.Ordinal).Split(' ')];
        Cli.Run([.. words, folder["no/such"], "--config", folder["fuzz.yml"]]).IsMistake(says, "no");
        Assert.Equal(before, Everything());
    }

    [Theory]
    [InlineData("fuzz --executions 1")]
    [InlineData("compare --executions 0")]
    [InlineData("corpus stats")]
    public void Seeds_that_are_not_there_are_a_mistake(string command)
    {
        folder.Write("fuzz.yml", "\ncorpus: { seeds: [seeds, sedes] }\n");
        Cli.Run([.. command.Split(' '), "--config", folder["fuzz.yml"]]).IsMistake("fuzz.yml:2: there is no folder", "sedes");
        Assert.Equal(["fuzz.yml", "seed.txt"], Everything());
    }

    [Theory]
    [InlineData("fuzz --feedback", "--feedback: feedback is empty; expected one of edges")]
    [InlineData("fuzz --defect", "--defect: defects is empty; expected identifiers of defects, such as H04, or 'none' for none")]
    [InlineData("fuzz --remedy", "--remedy: remedies is empty")]
    [InlineData("replay x.txt --defect", "--defect: defects is empty")]
    [InlineData("fuzz --baseline", "--baseline: baseline is empty")]
    [InlineData("fuzz --host", "'' is no host")]
    [InlineData("fuzz --findings", "'' is no findings")]
    [InlineData("compare --variants", "--variants is empty")]
    public void An_empty_value_is_a_mistake(string command, string says)
    {
        Cli.Run([.. command.Split(' '), "", "--config", folder["fuzz.yml"]]).IsMistake(says);
        if (says.Contains("is empty", StringComparison.Ordinal))
            Cli.Run([.. command.Split(' '), " , ", "--config", folder["fuzz.yml"]]).IsMistake(says);
    }

    [Fact]
    public void The_word_none_takes_what_the_file_says_away()
    {
        folder.Write("fuzz.yml", "variant: unpinned\ndefects: [H40]\nremedies: [R05]\n");
        folder.Write("x.txt", "plug 0\n");
        string[] replay = ["replay", folder["x.txt"], "--json", "--config", folder["fuzz.yml"]];
        Assert.Single(Cli.Run(replay).Json["defects"]!.AsArray());
        var none = Cli.Run([.. replay, "--defect", "none", "--remedy", "NONE"]).Json;
        Assert.Empty(none["defects"]!.AsArray());
        Assert.Empty(none["remedies"]!.AsArray());
    }

    [Theory]
    [InlineData("triage --accept-all --accept x", "--accept-all accepts every finding")]
    [InlineData("triage --accept x --raw .", "--raw files inputs")]
    [InlineData("triage --accept-all --raw .", "--raw files inputs")]
    [InlineData("compare --variants mainline,unpinned,MAINLINE", "--variants: 'mainline' is named twice")]
    [InlineData("compare --variants hardened-R05-R07,hardened-R07-R05", "is named twice")]
    public void What_contradicts_itself_is_a_mistake(string command, string says) =>
        Cli.Run([.. command.Split(' '), "--config", folder["fuzz.yml"]]).IsMistake(says);

    [Fact]
    public void A_tab_before_the_first_word_of_a_campaign_is_a_mistake()
    {
        Cli.Run("show", folder.Write("a.txt", "plug 0\n\tunplug 0\n")).IsMistake("a.txt:2:1: a tab before the first word");
        Cli.Run("show", folder.Write("a.txt", "plug 0\n  \tswitch at=1\n")).IsMistake("a.txt:2:3: a tab before the first word");
        Assert.Equal(0, Cli.Run("show", folder.Write("a.txt", "plug 0\ttype=blk\n\t# a comment\n\n")).Exit);
    }

    [Theory]
    [InlineData("a\u001b[31mb", "a\\u001b[31mb")]
    [InlineData("\u0000\u007f\u009b", "\\u0000\\u007f\\u009b")]
    [InlineData("one\ntwo\r\nthree", "one two three")]
    [InlineData("a\tb\u202e\u2066", "a\\u0009b\\u202e\\u2066")]
    [InlineData("größer 数", "größer 数")]
    public void What_would_steer_a_terminal_is_made_visible(string text, string shown)
    {
        Assert.Equal(shown, Visible.Line(text));
        Assert.Equal(shown, new UsageException(text).Message);
    }

    [Theory]
    [InlineData("replay", "\u001b[2J")]
    [InlineData("\u001b]0;title\u0007", "")]
    [InlineData("fuzz", "--\u001b[2J")]
    [InlineData("fuzz", "--variant=\u001b[2J")]
    [InlineData("fuzz", "--config=\u001b[2J")]
    [InlineData("triage", "--accept=\u001b[2J")]
    public void No_mistake_prints_escapes_that_it_was_given(string verb, string word)
    {
        var run = Cli.Run([verb, .. word.Length > 0 ? [word] : (string[])[]]);
        run.IsMistake("\\u001b");
        Assert.DoesNotContain('\u001b', run.Error);
    }

    [Fact]
    public void No_campaign_and_no_file_name_prints_its_escapes()
    {
        Cli.Run("show", folder.Write("a.txt", "plug \u001b[31m\n")).IsMistake("\\u001b[31m");
        folder.Write("other.yml", "variant: \"\\e[31m\"\n");
        Cli.Run("fuzz", "--config", folder["other.yml"]).IsMistake("other.yml:1: unknown variant '\\u001b[31m'");
        folder.Write("seeds/bad\u001b[31m.txt", "plgu 0\n");
        var fuzz = Cli.Run("fuzz", "--executions", "1", "--config", folder["fuzz.yml"]);
        Assert.Contains("bad\\u001b[31m.txt", fuzz.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', fuzz.Error);
    }

    private List<string> Everything() =>
    [
        .. Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f))
            .Order(StringComparer.Ordinal),
    ];
}
