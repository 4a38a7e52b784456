using CcwFuzz.Harness.Contract;
using Microsoft.Extensions.Configuration;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CcwFuzz.Harness.Configuration;

/// <summary>A YAML file as a source of configuration.</summary>
/// <param name="path">The file.</param>
internal sealed class YamlConfigurationSource(string path) : IConfigurationSource
{
    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => new YamlConfigurationProvider(path);
}

/// <summary>Reads a YAML file: nested maps become keys with colons, lists become numbered keys.</summary>
/// <remarks>A key without a value is as if it were not there. The line of every key is kept for messages.</remarks>
/// <param name="path">The file.</param>
internal sealed class YamlConfigurationProvider(string path) : ConfigurationProvider
{
    private const int MaxDepth = 16;
    private readonly Dictionary<string, long> lines = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, long> names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>The line a key stands on.</summary>
    public long LineOf(string key) => lines.GetValueOrDefault(key, 1);

    /// <inheritdoc/>
    /// <exception cref="UsageException">The file cannot be read, or is not YAML.</exception>
    public override void Load()
    {
        Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        lines.Clear();
        names.Clear();
        var yaml = new YamlStream();
        try
        {
            var text = BoundedFile.ReadText(Path);
            Indentation.RefuseTabs(text, Path);
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new UsageException($"{Path}:{e.Start.Line}:{e.Start.Column}: not valid YAML: {Reason(e)}");
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read the configuration", Path, e);
        }
        if (yaml.Documents.Count > 1) throw Mistake(yaml.Documents[1].RootNode, "expected one document");
        if (yaml.Documents.Count == 0) return;
        var node = yaml.Documents[0].RootNode;
        if (IsNull(node)) return;
        if (node is not YamlMappingNode map) throw Mistake(node, "expected 'name: value' lines");
        ReadMap(map, "", 0);
    }

    private void ReadMap(YamlMappingNode map, string prefix, int depth)
    {
        if (depth == MaxDepth) throw Mistake(map, "nested too deeply");
        foreach (var (name, value) in map.Children)
        {
            if (name is not YamlScalarNode { Value.Length: > 0 } scalar) throw Mistake(name, "expected the name of a setting");
            if (scalar.Value.Contains(ConfigurationPath.KeyDelimiter, StringComparison.Ordinal))
                throw Mistake(name, $"'{scalar.Value}' is no name; settings of a setting stand below it, indented");
            RefuseTag(name);
            var key = prefix.Length == 0 ? scalar.Value : ConfigurationPath.Combine(prefix, scalar.Value);
            if (!names.TryAdd(key, name.Start.Line))
                throw Mistake(name, $"'{scalar.Value}' is given a second time, after line {names[key]}; case does not matter in names");
            lines.TryAdd(key, name.Start.Line);
            Read(value, key, depth + 1);
        }
    }

    private void Read(YamlNode node, string key, int depth)
    {
        lines[key] = lines.TryGetValue(key, out var line) ? line : node.Start.Line;
        RefuseTag(node);
        switch (node)
        {
            case YamlMappingNode map:
                ReadMap(map, key, depth);
                break;
            case YamlSequenceNode { Children.Count: 0 }:
                Data[key] = ""; // an empty list is a value: it takes the place of the default
                break;
            case YamlSequenceNode list:
                for (var i = 0; i < list.Children.Count; i++)
                {
                    if (list.Children[i] is not YamlScalarNode) throw Mistake(list.Children[i], $"'{key}' is a list of plain values");
                    Read(list.Children[i], ConfigurationPath.Combine(key, $"{i}"), depth + 1);
                }
                break;
            case YamlScalarNode scalar when !IsNull(scalar):
                if (string.IsNullOrWhiteSpace(scalar.Value)) throw Mistake(node, $"'{key}' is empty");
                Data[key] = scalar.Value;
                break;
        }
    }

    /// <summary>A tag says what a value is to be, which the setting says already.</summary>
    private void RefuseTag(YamlNode node)
    {
        if (!node.Tag.IsEmpty) throw Mistake(node, $"a tag ('{node.Tag.Value}') has no meaning here; write the value alone");
    }

    private static bool IsNull(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static string Reason(YamlException e) => (e.InnerException ?? e).Message.ReplaceLineEndings(" ");

    private UsageException Mistake(YamlNode node, string problem) => new($"{Path}:{node.Start.Line}:{node.Start.Column}: {problem}");
}
