using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Importing, exporting, merging and counting inputs.</summary>
public sealed class CorpusCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CorpusCommandTests()
    {
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\n");
        folder.Write("seeds/a.txt", "plug 0\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Merge_keeps_what_nothing_smaller_reaches()
    {
        folder.Write("own/big.txt", "plug 0\nplug 1\nplug 2\n");
        folder.Write("own/small.txt", "plug 0\n");
        folder.Write("own/other.txt", "plug 0\nopen 0\n");
        var json = Corpus("merge", "--corpus", folder["own"], "--json").Json;
        Assert.Equal(3, (int)json["before"]!);
        Assert.Equal(2, (int)json["after"]!);
        Assert.True((int)json["edges"]! > 0);
        Assert.Equal(["other.txt", "small.txt"], Names("own"));
        var again = Corpus("merge", "--corpus", folder["own"], "--json").Json;
        Assert.Equal((2, 2, (int)json["edges"]!), ((int)again["before"]!, (int)again["after"]!, (int)again["edges"]!));
    }

    [Fact]
    public void A_dry_run_of_merge_deletes_nothing_and_says_what_would_go()
    {
        folder.Write("own/one.txt", "plug 0\n");
        folder.Write("own/twin.txt", "plug 0\n");
        var trial = Corpus("merge", "--corpus", folder["own"], "--dry-run", "--json");
        Assert.Equal((2, 1), ((int)trial.Json["before"]!, (int)trial.Json["after"]!));
        Assert.Contains($"would delete {folder["own/twin.txt"]}\n", trial.Error, StringComparison.Ordinal);
        Assert.Equal(["one.txt", "twin.txt"], Names("own"));
    }

    [Fact]
    public void Merge_refuses_findings_wherever_they_are_in_the_folder()
    {
        folder.Write("found/k/campaign.txt", "plug 0\n");
        folder.Write("found/k/campaign.bin", "12345678");
        folder.Write("found/k/finding.json", "{}");
        Corpus("merge", "--corpus", folder["found"]).IsMistake("is no corpus", "k/finding.json", "corpus import");
        Corpus("merge", "--corpus", folder["."]).IsMistake("is no corpus");
        Assert.Equal(["campaign.bin", "campaign.txt", "finding.json"], Names("found/k"));
    }

    [Fact]
    public void Merge_refuses_what_is_under_version_control_or_may_be()
    {
        Corpus("merge", "--corpus", Repository.PathOf("corpus", "regression")).IsMistake("corpus import");
        folder.Write(".git/HEAD", "no repository that git could read");
        folder.Write("own/a.txt", "plug 0\n");
        folder.Write("own/b.txt", "plug 0\n");
        Corpus("merge", "--corpus", folder["own"]).IsMistake("git cannot say", "corpus import");
        Assert.Equal(["a.txt", "b.txt"], Names("own"));
    }

    [Fact]
    public void Merge_leaves_alone_what_is_not_named_as_an_input()
    {
        folder.Write("own/a.txt", "plug 0\n");
        folder.Write("own/b.txt", "plug 0\n");
        folder.Write("own/picture.jpg", "plug 0\n");
        folder.Write("own/broken.txt", "plgu 0\n");
        folder.Write("elsewhere/c.txt", "plug 0\n");
        Directory.CreateSymbolicLink(folder["own/linked"], folder["elsewhere"]);
        var merge = Corpus("merge", "--corpus", folder["own"]);
        Assert.Equal(0, merge.Exit);
        Assert.Contains($"left alone, it is not named as an input: {folder["own/picture.jpg"]}", merge.Error, StringComparison.Ordinal);
        Assert.Equal(["a.txt", "broken.txt", "picture.jpg"], Names("own"));
        Assert.Equal(["c.txt"], Names("elsewhere"));
    }

    [Fact]
    public void Two_merges_of_one_corpus_do_not_run_at_once()
    {
        folder.Write("own/a.txt", "plug 0\n");
        using (FolderLock.TryTake(folder["own"])) Corpus("merge", "--corpus", folder["own"]).IsMistake("another process is changing");
        Assert.Equal(0, Corpus("merge", "--corpus", folder["own"]).Exit);
    }

    [Fact]
    public void Import_names_inputs_by_their_content()
    {
        var bytes = CampaignParser.Parse("plug 0\nopen 0\n").Encode();
        Directory.CreateDirectory(folder["afl/main/crashes"]);
        Directory.CreateDirectory(folder["afl/main/queue"]);
        File.WriteAllBytes(folder["afl/main/queue/id:000000,orig:a"], bytes);
        File.WriteAllBytes(folder["afl/main/queue/id:000001,src:000000,op:havoc"], bytes);
        File.WriteAllBytes(folder["afl/main/crashes/id:000000,sig:06"], bytes);
        folder.Write("afl/main/fuzzer_stats", "no input");
        folder.Write("text/one.txt", "plug 1\n");
        Assert.Equal(1, (int)Corpus("import", folder["afl"], "--corpus", folder["own"], "--json").Json["after"]!);
        var second = Corpus("import", folder["text"], "--corpus", folder["own"], "--json").Json;
        Assert.Equal((1, 2), ((int)second["before"]!, (int)second["after"]!));
        Assert.All(Names("own"), n => Assert.Matches("^[0-9a-f]{16}\\.bin$", n));
    }

    [Fact]
    public void Export_and_stats_take_the_seeds_as_long_as_there_is_no_corpus()
    {
        Assert.Equal(1, (int)Corpus("export", folder["out"], "--json").Json["after"]!);
        Assert.Equal(CampaignParser.Parse("plug 0\n").Encode(), File.ReadAllBytes(folder["out/" + Names("out").Single()]));
        var stats = Corpus("stats", "--json").Json;
        Assert.Equal((1, 1), ((int)stats["before"]!, (int)stats["after"]!));
    }

    [Fact]
    public void Mistakes_are_one_line()
    {
        Corpus("merge").IsMistake("there is no corpus");
        Corpus("import").IsMistake("needs a DIR");
        Corpus("stats", "x").IsMistake("unexpected argument");
        Corpus("shrink").IsMistake("shrink");
        Corpus("import", folder["nowhere"]).IsMistake("nowhere");
    }

    private Cli Corpus(params string[] options) => Cli.Run(["corpus", "--config", folder["fuzz.yml"], .. options]);

    private IEnumerable<string> Names(string path) =>
        Directory.EnumerateFiles(folder[path]).Select(f => Path.GetFileName(f)!).Where(n => n[0] != '.').Order(StringComparer.Ordinal);
}
