using System.Text.RegularExpressions;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>The rules of the house that a machine can check.</summary>
public partial class TidyTests
{
    private const int MaxLines = 500;
    private const int MaxColumns = 140;

    private static readonly (string Pattern, string Reason)[] BannedInTarget =
    [
        (@"\bDateTime(Offset)?\b|\bStopwatch\b|\bTimeProvider\b|\bTickCount", "no clock: virtual time is the scheduler's"),
        (@"\bnew Random\b|\bRandom\.Shared\b|\bSystem\.Random\b|\bRandomNumberGenerator\b", "no randomness of its own"),
        (@"\bGuid\.", "no randomness of its own"),
        (@"\bTask\.Run\b|\bValueTask\b|\basync Task\b|\bnew Thread\b|\bThread\.|\bThreadPool\b|\bParallel\.", "no threads: SimTask only"),
        (@"\bEnvironment\.|\bConsole\.|\bFile\.|\bDirectory\.|\bProcess\.Start", "no I/O"),
        (@"\[ThreadStatic\]|\bGC\.", "nothing that depends on the runtime"),
    ];

    /// <summary>
    /// Folders with the bodies of remedies and past defects. They add nothing to a namespace: the bodies belong to the code beside, and
    /// a namespace of such a name would hide the catalogue of the same name.
    /// </summary>
    private static readonly string[] SwitchBodies = ["Remedies", "Defects"];

    private static List<string> All { get; } = SourceCode.Files("src", "tests");

    private static List<string> InTarget { get; } = SourceCode.Files("src/Target");

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
        let parts = Path.GetDirectoryName(file)!.Split('/').Where(part => !SwitchBodies.Contains(part)).ToArray()
        let root = parts[0] == "tests" ? parts[1] : $"CcwFuzz.{parts[1]}"
        let expected = string.Join('.', parts.Skip(2).Prepend(root))
        let actual = NamespaceLine().Match(File.ReadAllText(Repository.PathOf(file))).Groups[1].Value
        where actual != expected
        select $"{file}: the namespace is '{actual}', expected '{expected}'");

    [Fact]
    public void Tests_are_named_in_one_style() => Nothing(
        from file in All
        where file.StartsWith("tests/", StringComparison.Ordinal)
        from Match test in TestMethod().Matches(File.ReadAllText(Repository.PathOf(file)))
        let name = test.Groups[1].Value
        where !IsSentence(name)
        select $"{file}: '{name}' is no sentence of words joined by underscores");

    [Fact]
    public void Target_calls_nothing_outside_the_execution() => Nothing(
        from file in InTarget
        from line in SourceCode.Lines(file)
        from banned in BannedInTarget
        where Regex.IsMatch(line.Text, banned.Pattern)
        select $"{file}:{line.Number}: {banned.Reason}: {line.Text.Trim()}");

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.Contains(BannedInTarget, b => Regex.IsMatch("var now = DateTime.Now;", b.Pattern));
        Assert.Contains(BannedInTarget, b => Regex.IsMatch("await Task.Run(Work);", b.Pattern));
        Assert.Contains(BannedInTarget, b => Regex.IsMatch("File.ReadAllText(path);", b.Pattern));
        Assert.Equal(["Two_words", "TwoWords"], TestMethod()
            .Matches("    [Fact]\n    public void Two_words()\n    [Theory]\n    [InlineData(1)]\n    public async Task TwoWords(int x)\n")
            .Select(m => m.Groups[1].Value));
        Assert.True(IsSentence("A_NULL_access_of_I38"));
        Assert.All((string[])["TwoWords", "Two_WordsMore", "two_words", "One"], name => Assert.False(IsSentence(name)));
        Assert.True(All.Count > InTarget.Count && InTarget.Count > 20);
        Assert.Equal(["plain", "", "x = \"\";"], SourceCode.Strip(["plain", "/// see DateTime", "x = \"DateTime\"; // DateTime"]));
    }

    private static void Nothing(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));

    private static bool IsSentence(string name) => Sentence().IsMatch(name) && !WordInWord().IsMatch(name);

    private static string[] ReadLines(string file) => File.ReadAllLines(Repository.PathOf(file));

    [GeneratedRegex(@"^    \[\w*(?:Fact|Theory)\b.*\n(?:    \S.*\n)*?    public (?:async |static )*\S+ (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestMethod();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+)+$")]
    private static partial Regex Sentence();

    [GeneratedRegex("[a-z][A-Z]")]
    private static partial Regex WordInWord();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
