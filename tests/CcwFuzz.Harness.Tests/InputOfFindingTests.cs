using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The input of a finding: named by its file, empty, missing.</summary>
public sealed class InputOfFindingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string key;

    public InputOfFindingTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nvariant: unpinned\n");
        var fuzz = Cli.Run("fuzz", "--config", folder["fuzz.yml"], "--executions", "1", "--json");
        key = (string)fuzz.Json["findings"]![0]!["key"]!;
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("campaign.bin")]
    [InlineData("campaign.txt")]
    public void A_file_of_a_finding_takes_its_variant_and_that_is_said(string name)
    {
        var replay = Cli.Run("replay", folder[$"findings/{key}/{name}"], "--json");
        Assert.Equal((1, key, "unpinned"), (replay.Exit, (string?)replay.Json["key"], (string?)replay.Json["variant"]));
        Assert.Equal($"variant unpinned on host bql: the file is of the finding '{key}'\n", replay.Error);
        Assert.Equal(0, Cli.Run("minimize", folder[$"findings/{key}/{name}"], "-o", folder["small.txt"]).Exit);
        Assert.Equal(0, Cli.Run("replay", folder[$"findings/{key}/{name}"], "--variant", "mainline").Exit);
        File.Copy(folder[$"findings/{key}/{name}"], folder[name]);
        var alone = Cli.Run("replay", folder[name]);
        Assert.Equal((0, ""), (alone.Exit, alone.Error));
    }

    [Fact]
    public void An_empty_input_is_a_mistake_and_not_clean()
    {
        folder.Write($"findings/{key}/campaign.bin", "");
        foreach (var input in (string[])[key, folder[$"findings/{key}"], folder[$"findings/{key}/campaign.bin"]])
            Cli.Run("replay", input, "--findings", folder["findings"]).IsMistake("campaign.bin", "it is empty");
    }

    [Fact]
    public void A_finding_without_its_input_is_a_mistake()
    {
        File.Delete(folder[$"findings/{key}/campaign.bin"]);
        foreach (var input in (string[])[key, folder[$"findings/{key}"]])
            Cli.Run("replay", input, "--findings", folder["findings"]).IsMistake("cannot read", "campaign.bin");
        var compare = Cli.Run("compare", "--variants", "mainline", "--executions", "0", "--findings", folder["findings"]);
        Assert.Equal(2, compare.Exit);
        Assert.Contains("campaign.bin", compare.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Triage_names_a_finding_whose_input_is_missing(bool isFiled)
    {
        if (isFiled) Assert.Equal(1, Triage().Exit);
        var input = folder[$"findings/{key}/campaign.bin"];
        var content = File.ReadAllBytes(input);
        foreach (var isEmpty in (bool[])[true, false])
        {
            if (isEmpty) File.WriteAllBytes(input, []);
            else File.Delete(input);
            var triage = Triage();
            Assert.Equal(2, triage.Exit);
            Assert.Contains($"input missing  {key}\n", triage.Output, StringComparison.Ordinal);
            Assert.Contains($"ccwfuzz: {key}: input missing: cannot read '{input}'", triage.Error, StringComparison.Ordinal);
            Assert.Equal(key, (string?)Assert.Single(Triage("--json").Json["missing"]!.AsArray()));
        }
        if (!isFiled) return;
        Assert.Matches($@"(?m)^\| \[{key}\].*\| \*\*input missing\*\* \|$", File.ReadAllText(folder["findings/README.md"]));
        File.WriteAllBytes(input, content);
        Assert.Equal(0, Triage().Exit);
        Assert.DoesNotContain("input missing", File.ReadAllText(folder["findings/README.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_triages_of_one_folder_do_not_run_at_once()
    {
        using (FolderLock.TryTake(folder["findings"])) Triage().IsMistake("another process is changing", "run 'triage'");
        Assert.False(StoredFinding.Open(folder[$"findings/{key}"]).IsTriaged);
        Assert.Equal(1, Triage().Exit);
    }

    private Cli Triage(params string[] options) => Cli.Run(["triage", "--config", folder["fuzz.yml"], .. options]);
}
