using CcwFuzz.Harness.Contract;
using CcwFuzz.Target;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace CcwFuzz.Harness.Configuration;

/// <summary>Puts the layers together: defaults, fuzz.yml, CCWFUZZ_... variables, the command line.</summary>
/// <remarks>Every mistake is one line that names the place, the setting and what was expected.</remarks>
internal sealed class SettingsLoader
{
    private const string EnvironmentPrefix = "CCWFUZZ_";
    private readonly Dictionary<string, string?> effective = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Origin> origins = new(StringComparer.OrdinalIgnoreCase);
    private readonly string current;
    private readonly string root;

    private SettingsLoader(string current, string root)
    {
        this.current = current;
        this.root = root;
    }

    /// <summary>Loads the settings.</summary>
    /// <param name="file">The configuration file asked for, or null for the nearest fuzz.yml, which need not exist.</param>
    /// <param name="options">Settings given as options, by key; list elements have numbered keys.</param>
    /// <exception cref="UsageException">A file is not readable, a setting is unknown or ill-typed.</exception>
    public static LoadedSettings Load(string? file, IEnumerable<KeyValuePair<string, string?>> options)
    {
        var current = Environment.CurrentDirectory;
        if (file is not null && !File.Exists(file))
            throw new UsageException($"--config: cannot read the configuration '{file}': there is no such file");
        var path = file is not null ? Path.GetFullPath(file) : ProjectRoot.FindConfiguration(current);
        var root = path is null ? ProjectRoot.Find(current) : Path.GetDirectoryName(path)!;
        RefuseTwins();
        var builder = new ConfigurationBuilder();
        if (path is not null) builder.Add(new YamlConfigurationSource(path));
        builder.AddEnvironmentVariables(EnvironmentPrefix).AddInMemoryCollection(options);
        var loader = new SettingsLoader(current, root);
        foreach (var provider in builder.Build().Providers) loader.AddLayer(provider);
        return loader.Bind();
    }

    private void AddLayer(IConfigurationProvider provider)
    {
        var found = new Dictionary<Setting, List<(string Key, string Value)>>();
        foreach (var (key, value) in Flatten(provider, null))
        {
            var setting = SettingsSchema.Find(key) ?? throw Unknown(provider, key);
            var parts = Parts(setting, value);
            if (setting.IsList && parts.Length == 0) RequireEmptiness(provider, setting, key, value);
            foreach (var part in parts)
            {
                if (setting.Accepts(part)) continue;
                var place = Origin(provider, key).Label;
                throw new UsageException($"{place}: '{part}' is no {Name(setting.Key)}; expected {setting.Expected}");
            }
            if (!found.TryGetValue(setting, out var values)) found[setting] = values = [];
            values.Add((key, value));
        }
        foreach (var (setting, values) in found) Override(provider, setting, values);
    }

    /// <summary>A list is empty if that is said: in fuzz.yml as [], elsewhere as 'none'.</summary>
    private static void RequireEmptiness(IConfigurationProvider provider, Setting setting, string key, string value)
    {
        if (setting.MayBeEmpty && (IsNone(setting, value) || provider is YamlConfigurationProvider)) return;
        var none = setting is { MayBeEmpty: true, IsPath: false } ? $", or '{Setting.None}' for none" : "";
        throw new UsageException($"{Origin(provider, key).Label}: {Name(setting.Key)} is empty; expected {setting.Expected}{none}");
    }

    private static bool IsNone(Setting setting, string value) => setting is { IsList: true, MayBeEmpty: true, IsPath: false }
        && value.Trim().Equals(Setting.None, StringComparison.OrdinalIgnoreCase);

    /// <summary>A setting of a higher layer takes the place of the lower one as a whole, lists too.</summary>
    private void Override(IConfigurationProvider provider, Setting setting, List<(string Key, string Value)> values)
    {
        foreach (var old in effective.Keys.Where(k => SettingsSchema.Find(k) == setting).ToList()) effective.Remove(old);
        origins[setting.Key] = Origin(provider, values[0].Key);
        var relativeTo = origins[setting.Key].Layer == SettingLayer.File ? root : current;
        var number = 0;
        foreach (var (key, value) in values.OrderBy(v => v.Key, ConfigurationKeyComparer.Instance))
        {
            foreach (var part in Parts(setting, value))
            {
                var place = setting.IsList ? ConfigurationPath.Combine(setting.Key, $"{number++}") : key;
                effective[place] = setting.IsPath ? Path.GetFullPath(part, relativeTo) : part;
            }
        }
    }

    private LoadedSettings Bind()
    {
        var values = new FuzzSettings();
        // The binder adds to lists; one that is given replaces the default, even by nothing.
        if (origins.ContainsKey("corpus:seeds")) values.Corpus.Seeds.Clear();
        if (origins.ContainsKey("feedback")) values.Feedback.Clear();
        new ConfigurationBuilder().AddInMemoryCollection(effective).Build().Bind(values);
        values.Findings = Path.GetFullPath(values.Findings, root);
        values.Corpus.Seeds = [.. values.Corpus.Seeds.Select(s => Path.GetFullPath(s, root))];
        return new LoadedSettings(values, root, origins);
    }

    private static string[] Parts(Setting setting, string value) => IsNone(setting, value) ? []
        : setting.IsList
        ? value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [value];

    private static IEnumerable<(string Key, string Value)> Flatten(IConfigurationProvider provider, string? parent)
    {
        foreach (var child in provider.GetChildKeys([], parent).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var key = parent is null ? child : ConfigurationPath.Combine(parent, child);
            if (provider.TryGet(key, out var value) && value is not null) yield return (key, value);
            foreach (var below in Flatten(provider, key)) yield return below;
        }
    }

    private static UsageException Unknown(IConfigurationProvider provider, string key)
    {
        var place = Origin(provider, key).Label;
        if (SettingsSchema.Above(key) is { } above)
        {
            var what = above.IsList ? "a list of plain values" : "one value, and no list";
            return new($"{place}: '{Name(above.Key)}' is {what}; expected {above.Expected}");
        }
        if (SettingsSchema.Below(key) is { Count: > 0 } below)
            return new($"{place}: '{key}' has no value of its own; its settings are {string.Join(", ", below.Select(s => Name(s.Key)))}");
        return new($"{place}: unknown setting '{Name(key)}'; "
            + $"the settings are {string.Join(", ", SettingsSchema.Names)}{Spelling.Hint(Name(key), SettingsSchema.Names)}");
    }

    /// <summary>Variables that differ in case alone are one setting, and which of them counts would be chance.</summary>
    private static void RefuseTwins()
    {
        var names = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(n => n.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);
        var twins = names.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1);
        if (twins is not null) throw new UsageException($"{string.Join(" and ", twins)} are one setting; set one of them");
    }

    private static Origin Origin(IConfigurationProvider provider, string key) => provider switch
    {
        YamlConfigurationProvider yaml => new Origin(SettingLayer.File, $"{yaml.Path}:{yaml.LineOf(key)}"),
        EnvironmentVariablesConfigurationProvider => new Origin(
            SettingLayer.Environment,
            EnvironmentPrefix + key.ToUpperInvariant().Replace(":", "__", StringComparison.Ordinal)),
        _ => new Origin(SettingLayer.CommandLine, OptionOf(key)),
    };

    private static string OptionOf(string key) => (SettingsSchema.Find(key)?.Key ?? key) switch
    {
        "defects" => "--defect",
        "remedies" => "--remedy",
        "corpus:directory" => "--corpus",
        var name => "--" + name,
    };

    private static string Name(string key) => key.Replace(':', '.');
}
