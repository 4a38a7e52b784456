using System.Text.RegularExpressions;
using CcwFuzz.Testing;

namespace CcwFuzz.House.Tests;

/// <summary>The order of the folders of a project, or of a folder with folders: nothing refers upward.</summary>
/// <remarks>
/// A folder refers to another by a using or by a qualified name: the compiler takes nothing else, because namespaces follow folders.
/// What is in a folder's own folders counts as that folder's. A file beside the folders is below all of them, unless the order gives
/// such files a place of their own (<see cref="Beside"/>), or it is an entry: that is above all.
/// </remarks>
internal sealed partial class Layers
{
    /// <summary>The name in an order that stands for the files beside the folders.</summary>
    public const string Beside = ".";

    private readonly string root;
    private readonly string rootNamespace;
    private readonly string[] entries;
    private readonly Dictionary<string, int> levels = [];
    private readonly List<string> files;
    private readonly Dictionary<string, Regex> mentions = [];
    private readonly List<string> entryTypes;
    private readonly List<string> typesBeside = [];

    /// <summary>Describes an order.</summary>
    /// <param name="root">The folder, e.g. "src/Harness".</param>
    /// <param name="rootNamespace">Its namespace.</param>
    /// <param name="order">The folders in it, lowest first; those of one level do not know each other.</param>
    /// <param name="entries">Names of the files beside them that know everything, and that no folder knows.</param>
    public Layers(string root, string rootNamespace, IReadOnlyList<string[]> order, params string[] entries)
    {
        this.root = root;
        this.rootNamespace = rootNamespace;
        this.entries = entries;
        for (var level = 0; level < order.Count; level++)
            foreach (var folder in order[level]) levels[folder] = level;
        files = SourceCode.Files(root);
        foreach (var folder in levels.Keys.Where(f => f != Beside)) mentions[folder] = MentionOf(folder);
        if (levels.ContainsKey(Beside)) typesBeside = [.. files.Where(f => FolderOf(f) is null && !IsEntry(f)).SelectMany(TypesIn)];
        entryTypes = [.. files.Where(IsEntry).SelectMany(TypesIn)];
    }

    /// <summary>The references to a folder above the file's own, to one beside it, or to an entry; one line each.</summary>
    public IReadOnlyList<string> UpwardReferences() =>
    [
        .. from file in files
           where !IsEntry(file)
           from line in SourceCode.Lines(file)
           from problem in UpwardReferences(FolderOf(file), line.Text)
           select $"{file}:{line.Number}: {problem}: {line.Text.Trim()}",
    ];

    /// <summary>What is wrong with a line of code.</summary>
    /// <param name="folder">The folder of its file; null for a file beside the folders.</param>
    /// <param name="line">The line.</param>
    public IEnumerable<string> UpwardReferences(string? folder, string line)
    {
        var own = levels.GetValueOrDefault(folder ?? Beside, -1);
        var name = folder ?? "what is beside the folders";
        foreach (var (other, mention) in mentions)
            if (other != folder && levels[other] >= own && mention.IsMatch(line)) yield return $"{name} must not know {other}";
        var isBelow = folder is not null && own < levels.GetValueOrDefault(Beside, -1);
        foreach (var entry in isBelow ? entryTypes.Concat(typesBeside) : entryTypes)
            if (Regex.IsMatch(line, $@"\b{entry}\b")) yield return $"{name} must not know {entry}";
    }

    /// <summary>Folders that the order does not name, and names in the order that are no folder; one line each.</summary>
    public IReadOnlyList<string> Misplaced()
    {
        var there = files.Select(FolderOf).OfType<string>().ToHashSet();
        return
        [
            .. there.Where(f => !levels.ContainsKey(f)).Select(f => $"{root}/{f} has no place in the order of references"),
            .. mentions.Keys.Where(f => !there.Contains(f)).Select(f => $"{root}/{f} has a place in the order, and does not exist"),
        ];
    }

    private string? FolderOf(string file)
    {
        var rest = file[(root.Length + 1)..];
        return rest.Contains('/') ? rest[..rest.IndexOf('/')] : null;
    }

    private bool IsEntry(string file) => FolderOf(file) is null && entries.Contains(Path.GetFileNameWithoutExtension(file));

    private static IEnumerable<string> TypesIn(string file) =>
        Declaration().Matches(File.ReadAllText(Repository.PathOf(file))).Select(m => m.Groups[1].Value);

    /// <summary>The folder's full namespace, or a shorter one that an inner namespace allows before a name that is in it.</summary>
    private Regex MentionOf(string folder)
    {
        var inside = files.Where(f => FolderOf(f) == folder).ToList();
        var folders = inside.Select(f => f.Split('/')[(root.Split('/').Length + 1)..]).Where(p => p.Length > 1).Select(p => p[0]);
        var names = string.Join('|', inside.SelectMany(TypesIn).Concat(folders).Distinct());
        var prefix = rootNamespace.Split('.').Aggregate("", (inner, part) => $@"(?:{inner}{part}\.)?");
        return new Regex($@"\b{Regex.Escape(rootNamespace)}\.{folder}\b|(?<![\w.]){prefix}{folder}\.(?:{names})\b", RegexOptions.Compiled);
    }

    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|struct|interface|enum|record) (?:struct |class )?(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
