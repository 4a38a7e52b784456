using System.Text.RegularExpressions;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>The rules of the house that a machine can check.</summary>
public partial class TidyTests
{
    private const int MaxLines = 500;
    private const int MaxColumns = 140;

    /// <summary>Folders of Target, and which of the others each may know.</summary>
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Variants"] = [],
        ["Simulation"] = [],
        ["Memory"] = ["Simulation", "Variants"],
        ["Channel"] = ["Memory", "Simulation", "Variants"],
        ["Hypervisor"] = ["Channel", "Memory", "Simulation", "Variants"],
        ["Linux"] = ["Channel", "Memory", "Simulation", "Variants"],
        ["Checks"] = ["Linux", "Hypervisor", "Channel", "Memory", "Simulation", "Variants"],
        ["Campaigns"] = ["Checks", "Linux", "Hypervisor", "Channel", "Memory", "Simulation", "Variants"],
    };

    private static readonly (string Pattern, string Reason)[] BannedInTarget =
    [
        (@"\bDateTime(Offset)?\b|\bStopwatch\b|\bTimeProvider\b|\bTickCount", "no clock: virtual time is the scheduler's"),
        (@"\bnew Random\b|\bRandom\.Shared\b|\bSystem\.Random\b|\bRandomNumberGenerator\b", "no randomness of its own"),
        (@"\bGuid\.", "no randomness of its own"),
        (@"\bTask\.Run\b|\bValueTask\b|\basync Task\b|\bnew Thread\b|\bThread\.|\bThreadPool\b|\bParallel\.", "no threads: SimTask only"),
        (@"\bEnvironment\.|\bConsole\.|\bFile\.|\bDirectory\.|\bProcess\.Start", "no I/O"),
        (@"\[ThreadStatic\]|\bGC\.", "nothing that depends on the runtime"),
    ];

    private static List<string> All { get; } = Files("src", "tests");

    private static List<string> InTarget { get; } = Files("src/Target");

    [Fact]
    public void Files_are_short() => Nothing(All.Select(f => (File: f, Lines: ReadLines(f).Length))
        .Where(f => f.Lines >= MaxLines)
        .Select(f => $"{f.File} has {f.Lines} lines; split it"));

    [Fact]
    public void Lines_fit() => Nothing(
        from file in All
        from line in ReadLines(file).Select((text, i) => (Number: i + 1, text.Length))
        where line.Length > MaxColumns
        select $"{file}:{line.Number} has {line.Length} columns");

    [Fact]
    public void Nothing_is_left_for_later()
    {
        // Put together here so that this file does not contain them.
        string[] words = ["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Exception", "HA" + "CK"];
        Nothing(
            from file in All
            let text = File.ReadAllText(Repository.PathOf(file))
            from word in words
            where Regex.IsMatch(text, $@"\b{word}\b")
            select $"{file} has a {word}");
    }

    [Fact]
    public void Namespaces_follow_folders() => Nothing(
        from file in All
        where Path.GetFileName(file) is not ("Program.cs" or "AssemblyInfo.cs" or "GlobalUsings.cs")
        let parts = Path.GetDirectoryName(file)!.Split('/')
        let root = parts[0] == "tests" ? parts[1] : $"CcwFuzz.{parts[1]}"
        let expected = string.Join('.', parts.Skip(2).Prepend(root))
        let actual = NamespaceLine().Match(File.ReadAllText(Repository.PathOf(file))).Groups[1].Value
        where actual != expected
        select $"{file}: the namespace is '{actual}', expected '{expected}'");

    [Fact]
    public void Target_calls_nothing_outside_the_execution() => Nothing(
        from file in InTarget
        from line in Code(file)
        from banned in BannedInTarget
        where Regex.IsMatch(line.Text, banned.Pattern)
        select $"{file}:{line.Number}: {banned.Reason}: {line.Text.Trim()}");

    [Fact]
    public void References_in_Target_point_one_way() => Nothing(
        from file in InTarget
        let folder = file.Split('/')[2]
        where !folder.EndsWith(".cs", StringComparison.Ordinal) // the entry knows everything
        from line in Code(file)
        from other in Forbidden(folder)
        where Mentions(line.Text, other)
        select $"{file}:{line.Number}: {folder} must not know {other}: {line.Text.Trim()}");

    [Fact]
    public void Every_folder_of_Target_has_its_place_in_the_order() => Nothing(InTarget
        .Select(f => f.Split('/')[2])
        .Where(f => !f.EndsWith(".cs", StringComparison.Ordinal) && !MayKnow.ContainsKey(f))
        .Distinct()
        .Select(f => $"src/Target/{f} has no place in the order of references"));

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.Contains(BannedInTarget, b => Regex.IsMatch("var now = DateTime.Now;", b.Pattern));
        Assert.Contains(BannedInTarget, b => Regex.IsMatch("await Task.Run(Work);", b.Pattern));
        Assert.Contains(BannedInTarget, b => Regex.IsMatch("File.ReadAllText(path);", b.Pattern));
        Assert.Contains("Linux", Forbidden("Hypervisor"));
        Assert.True(Mentions("using CcwFuzz.Target.Linux.Cio;", "Linux"));
        Assert.True(Mentions("var x = new Linux.Cio.CcwDevice();", "Linux"));
        Assert.True(Mentions("FuzzTarget target;", "the entry"));
        Assert.False(Mentions("using CcwFuzz.Target.Simulation;", "Linux"));
        Assert.True(All.Count > InTarget.Count && InTarget.Count > 20);
        Assert.Equal(["plain", "", "x = \"\";"], StripComments(["plain", "/// see DateTime", "x = \"DateTime\"; // DateTime"]));
    }

    private static void Nothing(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));

    private static IEnumerable<string> Forbidden(string folder)
    {
        var known = MayKnow.GetValueOrDefault(folder, []);
        return MayKnow.Keys.Where(f => f != folder && !known.Contains(f)).Append("the entry");
    }

    private static bool Mentions(string line, string folder) => folder == "the entry"
        ? Regex.IsMatch(line, @"\b(FuzzTarget|Verdict|FindingKey)\b")
        : Regex.IsMatch(line, $@"CcwFuzz\.Target\.{folder}\b|(?<![\w.]){folder}\.[A-Z]\w*\.|^using (static )?{folder}\b");

    private static List<string> Files(params string[] folders) => [.. folders
        .SelectMany(folder => Repository.Sources(folder.Split('/')))
        .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))];

    private static string[] ReadLines(string file) => File.ReadAllLines(Repository.PathOf(file));

    private static IEnumerable<(int Number, string Text)> Code(string file) =>
        StripComments(ReadLines(file)).Select((line, i) => (i + 1, line));

    /// <summary>Without comments and the content of strings, which may name anything.</summary>
    private static IEnumerable<string> StripComments(IEnumerable<string> lines) => lines
        .Select(line => Comment().Replace(Text().Replace(line, "\"\""), ""))
        .Select(line => line.TrimEnd());

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex("\"(\\\\.|[^\"\\\\])*\"")]
    private static partial Regex Text();

    [GeneratedRegex("//.*$")]
    private static partial Regex Comment();
}
