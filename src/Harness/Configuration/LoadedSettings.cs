using System.Globalization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Configuration;

/// <summary>The settings of a run, and where each came from.</summary>
/// <param name="values">The values; paths are absolute.</param>
/// <param name="root">Folder of fuzz.yml, or of the solution, or the current one.</param>
/// <param name="origins">Where each setting that is no default came from, by its key.</param>
internal sealed class LoadedSettings(FuzzSettings values, string root, IReadOnlyDictionary<string, Origin> origins)
{
    /// <summary>The values; paths are absolute.</summary>
    public FuzzSettings Values { get; } = values;

    /// <summary>Folder of fuzz.yml, or of the solution, or the current one.</summary>
    public string Root { get; } = root;

    /// <summary>Which layer a setting came from.</summary>
    public SettingLayer LayerOf(string key) => origins.TryGetValue(key, out var origin) ? origin.Layer : SettingLayer.Default;

    /// <summary>"--variant: " or "fuzz.yml:3: ", or nothing for a default.</summary>
    public string Prefix(string key) => origins.TryGetValue(key, out var origin) ? origin.Label + ": " : "";

    /// <summary>The variant the settings describe.</summary>
    /// <exception cref="UsageException">There is no such variant.</exception>
    public Variant ResolveVariant()
    {
        try
        {
            return VariantCatalogue.Resolve(
                Values.Variant, Values.Host, Values.Defects, Values.Remedies, Values.HostVersion, Values.Notify);
        }
        catch (VariantException e)
        {
            throw new UsageException(Prefix(e.Setting) + e.Message);
        }
    }

    /// <summary>The folders of inputs that a run starts from: those that somebody named are there, or that is a mistake.</summary>
    /// <exception cref="UsageException">One is not there.</exception>
    public IReadOnlyList<string> Seeds() => LayerOf("corpus:seeds") == SettingLayer.Default
        ? [.. Values.Corpus.Seeds.Where(Directory.Exists)]
        : [.. Values.Corpus.Seeds.Select(s => Folders.Existing(Prefix("corpus:seeds"), s))];

    /// <summary>The folders whose filed findings are known, beside that of the run's own.</summary>
    /// <exception cref="UsageException">One is not there.</exception>
    public IReadOnlyList<string> Baseline() => [.. Values.Baseline.Select(b => Folders.Existing(Prefix("baseline"), b))];

    /// <summary>The folder of the corpus, which may have to be made; null if none is named.</summary>
    /// <exception cref="UsageException">The folder that it is to be made in is not there.</exception>
    public string? CorpusToWrite() =>
        Values.Corpus.Directory is { } folder ? Folders.Creatable(Prefix("corpus:directory"), folder) : null;

    /// <summary>The folder of findings, which may have to be made.</summary>
    /// <exception cref="UsageException">The folder that it is to be made in is not there.</exception>
    public string FindingsToWrite() => Folders.Creatable(Prefix("findings"), Values.Findings);

    /// <summary>The folder of findings, which is there if somebody asked for it now.</summary>
    /// <exception cref="UsageException">It is not.</exception>
    public string FindingsToRead() =>
        LayerOf("findings") > SettingLayer.File ? Folders.Existing(Prefix("findings"), Values.Findings) : Values.Findings;

    /// <summary>The seed of the run; a random one is drawn here.</summary>
    public ulong ResolveSeed() => ulong.TryParse(Values.Seed, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
        ? seed
        : (ulong)Random.Shared.NextInt64();
}

/// <summary>The layers of configuration, in rising priority.</summary>
internal enum SettingLayer
{
    /// <summary>Built in.</summary>
    Default,
    /// <summary>fuzz.yml.</summary>
    File,
    /// <summary>A CCWFUZZ_... variable.</summary>
    Environment,
    /// <summary>An option.</summary>
    CommandLine,
}

/// <summary>Where a setting came from.</summary>
/// <param name="Layer">Which layer.</param>
/// <param name="Label">Name of the file with the line, of the variable, or of the option.</param>
internal readonly record struct Origin(SettingLayer Layer, string Label);
