using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Verbs that have verbs of their own: linux, bench, corpus.</summary>
public class VerbGroupTests
{
    [Theory]
    [InlineData("linux replay", "--at --exact --pace --keep --minimize --kernel --json", "--seconds --executions --kernels --qemus")]
    [InlineData("linux matrix", "--kernels --qemus --keep", "--seconds --minimize")]
    [InlineData("linux fuzz", "--seconds --executions --minimize --variant", "--at --exact --keep --kernels INPUT")]
    [InlineData("linux doctor", "--qemu --config", "--times --findings INPUT")]
    [InlineData("bench triage", "--defects --violations --defect", "--rounds --campaigns --findings")]
    [InlineData("bench traces", "--findings", "--rounds --seed --variant")]
    [InlineData("corpus import", "DIR --corpus --variant", "--seed")]
    [InlineData("corpus stats", "--corpus --variant", "Arguments:")]
    public void The_help_of_a_verb_shows_what_it_takes(string verb, string shown, string notShown)
    {
        var help = Cli.Run([.. verb.Split(' '), "--help"]);
        Assert.Equal(0, help.Exit);
        var words = help.Output.Split([' ', '\n', ',', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        Assert.All(shown.Split(' '), option => Assert.Contains(words, w => w.Trim('<', '>') == option));
        Assert.All(notShown.Split(' '), option => Assert.DoesNotContain(option, words));
    }

    [Fact]
    public void Options_may_stand_before_the_verb()
    {
        using var folder = new TemporaryFolder();
        folder.Write("fuzz.yml", "");
        folder.Write("merge/a.txt", "plug 0\n");
        string[] before = ["--config", folder["fuzz.yml"], "--json", "--corpus", folder["merge"]];
        var first = Cli.Run(["corpus", .. before, "stats"]);
        Assert.Equal(1, (int)first.Json["after"]!);
        Assert.Equal(Cli.Run(["corpus", "stats", .. before]).Output, first.Output);
        // A value is no verb, whatever it is called.
        Cli.Run("corpus", "--corpus", "merge", "--config", folder["fuzz.yml"], "export").IsMistake("'corpus export' needs a DIR");
    }

    [Fact]
    public void A_verb_that_is_missing_or_unknown_is_named_with_those_there_are()
    {
        Cli.Run("corpus").IsMistake("'corpus' needs one of import, export, merge, stats");
        Cli.Run("linux", "--json").IsMistake("'linux' needs one of doctor, fuzz, replay, matrix");
        Cli.Run("bench", "engine").IsMistake("'bench' has no verb 'engine'", "engines");
        Cli.Run("linux", "replay", "x", "--kernels", "a").IsMistake("unknown option '--kernels' of 'linux replay'", "--kernel");
    }
}
