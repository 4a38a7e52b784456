using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>fuzz.yml, variables, options: their order, and what is said about mistakes.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string> variables = [];

    public void Dispose()
    {
        foreach (var name in variables) Environment.SetEnvironmentVariable(name, null);
        folder.Dispose();
    }

    [Fact]
    public void The_shipped_file_says_what_is_built_in()
    {
        var shipped = SettingsLoader.Load(Repository.PathOf("fuzz.yml"), []).Values;
        var builtIn = Load("").Values;
        Assert.Equivalent(builtIn.Defects, shipped.Defects);
        Assert.Equal(
            (builtIn.Variant, builtIn.Host, builtIn.Seed, builtIn.Seconds, builtIn.Executions, builtIn.Workers, builtIn.Engine),
            (shipped.Variant, shipped.Host, shipped.Seed, shipped.Seconds, shipped.Executions, shipped.Workers, shipped.Engine));
        Assert.Equal((builtIn.Corpus.Keep, builtIn.Corpus.Directory), (shipped.Corpus.Keep, shipped.Corpus.Directory));
        Assert.Equal(Repository.PathOf("findings"), shipped.Findings);
        Assert.Equal(builtIn.Baseline, shipped.Baseline);
        Assert.Equal([Repository.PathOf("corpus", "seeds"), Repository.PathOf("corpus", "regression")], shipped.Corpus.Seeds);
        var text = File.ReadAllText(Repository.PathOf("fuzz.yml"));
        Assert.All(SettingsSchema.All, s => Assert.Matches($@"(?m)^ *{s.Key.Split(':')[^1]}:", text));
    }

    [Fact]
    public void Options_win_over_variables_and_variables_over_the_file()
    {
        Set("CCWFUZZ_SEED", "22");
        Set("CCWFUZZ_CORPUS__KEEP", "true");
        var settings = Load("seed: 1\nworkers: 3\nengine: pct\ncorpus:\n  keep: false\n", ("engine", "random")).Values;
        Assert.Equal(("22", 3, "random", true), (settings.Seed, settings.Workers, settings.Engine, settings.Corpus.Keep));
    }

    [Fact]
    public void A_list_of_a_higher_layer_replaces_the_lower_one()
    {
        var settings = Load("defects: [H01, H02, H03]\n", ("defects:0", "H09")).Values;
        Assert.Equal(["H09"], settings.Defects);
        Assert.Equal(["H01", "H02"], Load("defects: H01, H02\n").Values.Defects);
        Assert.Empty(Load("corpus:\n  seeds: []\n").Values.Corpus.Seeds);
        Set("CCWFUZZ_DEFECTS", "H04,H05");
        Assert.Equal(["H04", "H05"], Load("defects: [H01, H02, H03]\n").Values.Defects);
    }

    [Fact]
    public void Paths_start_from_the_file()
    {
        var settings = Load("findings: f\ncorpus:\n  seeds: [a, /b]\n  directory: c\n").Values;
        Assert.Equal(folder["f"], settings.Findings);
        Assert.Equal([folder["a"], "/b"], settings.Corpus.Seeds);
        Assert.Equal(folder["c"], settings.Corpus.Directory);
        Assert.Equal(Path.GetFullPath("d"), Load("findings: f\n", ("findings", "d")).Values.Findings);
    }

    [Fact]
    public void A_key_without_a_value_is_as_if_it_were_not_there()
    {
        var settings = Load("seconds:\ncorpus:\nvariant: ~\n");
        Assert.Equal(60, settings.Values.Seconds);
        Assert.Equal(SettingLayer.Default, settings.LayerOf("variant"));
        Assert.Equal("mainline", Load("# nothing\n").Values.Variant);
    }

    [Theory]
    [InlineData("seconds: 5\nsecnds: 3\n", "fuzz.yml:2: unknown setting 'secnds'", "did you mean 'seconds'?")]
    [InlineData("corpus:\n  seed: x\n", "fuzz.yml:2: unknown setting 'corpus.seed'", "did you mean 'corpus.seeds'?")]
    [InlineData("corpus: 1\n", "fuzz.yml:1: 'corpus' has no value of its own; its settings are corpus.seeds", "corpus.keep")]
    [InlineData("seconds: soon\n", "fuzz.yml:1: 'soon' is no seconds; expected a number", "")]
    [InlineData("\nworkers: [1]\n", "fuzz.yml:2: 'workers' is one value, and no list; expected a whole number from 1 to 256", "")]
    [InlineData("seed: [1]\n", "fuzz.yml:1: 'seed' is one value, and no list; expected a whole number", "")]
    [InlineData("seed: { a: 1 }\n", "fuzz.yml:1: 'seed' is one value, and no list", "")]
    [InlineData("defects: { a: H01 }\n", "fuzz.yml:1: 'defects' is a list of plain values; expected identifiers of defects", "")]
    [InlineData("seed: 1\nSeed: 2\n", "fuzz.yml:2:1: 'Seed' is given a second time, after line 1", "case")]
    [InlineData("corpus:\n  keep: true\n  KEEP: false\n", "fuzz.yml:3:3: 'KEEP' is given a second time, after line 2", "")]
    [InlineData("corpus:keep: true\n", "fuzz.yml:1:1: 'corpus:keep' is no name", "indented")]
    [InlineData("seed: 1\n\tseconds: 5\n", "fuzz.yml:2:1: a tab before the first word", "spaces")]
    [InlineData("\tseed: 5\n", "fuzz.yml:1:1: a tab before the first word", "spaces")]
    [InlineData("seed: !!int 5\n", "fuzz.yml:1:7: a tag ('tag:yaml.org,2002:int') has no meaning here", "")]
    [InlineData("variant: !x mainline\n", "fuzz.yml:1:10: a tag ('!x') has no meaning here", "")]
    [InlineData("defects: !!set [H01]\n", "a tag (", "")]
    [InlineData("feedback: []\n", "fuzz.yml:1: feedback is empty; expected one of edges", "")]
    [InlineData("defects: ''\n", "fuzz.yml:1:10: 'defects' is empty", "")]
    [InlineData("workers: 1.5\n", "fuzz.yml:1: '1.5' is no workers; expected a whole number from 1 to 256", "")]
    [InlineData("corpus:\n  keep: maybe\n", "fuzz.yml:2: 'maybe' is no corpus.keep; expected true or false", "")]
    [InlineData("engine: fast\n", "fuzz.yml:1: 'fast' is no engine; expected one of guided, random, pct", "")]
    [InlineData("seed: 1\nseed: 2\n", "fuzz.yml:2:1: not valid YAML", "")]
    [InlineData("seconds: [1\n", "fuzz.yml:", "not valid YAML")]
    [InlineData("- a\n", "fuzz.yml:1:1: expected 'name: value' lines", "")]
    [InlineData("defects: [[H01]]\n", "fuzz.yml:1:11: 'defects' is a list of plain values", "")]
    [InlineData("a: 1\n---\nb: 2\n", "expected one document", "")]
    public void A_mistake_in_the_file_is_named_with_its_place(string yaml, string says, string remedy)
    {
        var mistake = Assert.Throws<UsageException>(() => Load(yaml));
        Assert.Contains(says, mistake.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, mistake.Message, StringComparison.Ordinal);
        Cli.Run("fuzz", "--config", folder["fuzz.yml"]).IsMistake(says);
    }

    [Fact]
    public void A_mistake_in_a_variable_is_named()
    {
        Set("CCWFUZZ_WORKERS", "many");
        Assert.Matches("^CCWFUZZ_WORKERS: 'many' is no workers", Assert.Throws<UsageException>(() => Load("")).Message);
        Set("CCWFUZZ_WORKERS", null);
        Set("CCWFUZZ_WORKER", "1");
        Assert.Matches("^CCWFUZZ_WORKER: unknown setting", Assert.Throws<UsageException>(() => Load("")).Message);
    }

    [Fact]
    public void A_variant_that_does_not_exist_is_named_with_its_place()
    {
        var settings = Load("host: bql\nvariant: mianline\n");
        var mistake = Assert.Throws<UsageException>(() => settings.ResolveVariant());
        Assert.Contains("fuzz.yml:2: unknown variant 'mianline'", mistake.Message, StringComparison.Ordinal);
    }

    private LoadedSettings Load(string yaml, params (string Key, string Value)[] options) => SettingsLoader.Load(
        folder.Write("fuzz.yml", yaml),
        options.Select(o => KeyValuePair.Create<string, string?>(o.Key, o.Value)));

    private void Set(string name, string? value)
    {
        variables.Add(name);
        Environment.SetEnvironmentVariable(name, value);
    }
}
