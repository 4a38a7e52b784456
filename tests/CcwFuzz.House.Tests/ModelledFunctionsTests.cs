using System.Text.RegularExpressions;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>What ARCHITECTURE.md promises: a search for a function of Linux or QEMU with its parentheses finds the model of it.</summary>
public sealed partial class ModelledFunctionsTests
{
    private const string Within = "within its caller";

    private static readonly List<string> Guest = SourceCode.Files("src/Target/Linux");

    private static readonly List<string> Modelled =
        [.. Guest, .. SourceCode.Files("src/Target/Hypervisor", "src/Target/Channel")];

    /// <summary>Functions whose frame is opened by what runs them: work items, timers, threads.</summary>
    private static readonly HashSet<string> Run =
        [.. Guest.SelectMany(f => Runner().Matches(File.ReadAllText(Repository.PathOf(f)))).Select(m => m.Groups[1].Value)];

    [Fact]
    public void Each_frame_is_named_in_a_doc_comment() => Nothing(
        from file in Modelled
        from problem in Unnamed(File.ReadAllLines(Repository.PathOf(file)))
        select $"{file}: {problem}");

    [Fact]
    public void Each_doc_comment_names_the_frame_that_its_method_opens() => Nothing(
        from file in Guest
        from member in GuestCode.Members(file)
        where ProblemOf(member, Run) is not null
        select $"{file}: {ProblemOf(member, Run)}: {member.Name}");

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.Equal(["get_device"], Unnamed(["    /// <summary>Takes it.</summary>", "    var f = k.Enter(\"get_device\");"]));
        Assert.Empty(Unnamed(["    /// <summary>Models get_device().</summary>", "    var f = k.Enter(\"get_device\");"]));
        Assert.Equal(["a", "b"], Unnamed(["    using var frame = k.Enter(isOld ? \"a\" : \"b\");"]));
        Assert.Equal("it names no function", Judge("Models the driver's probe.", ""));
        Assert.Equal("its frame is put_device and not get_device", Judge("Models get_device().", "k.Enter(\"put_device\");"));
        Assert.Equal("it opens no frame for get_device", Judge("Models get_device(): takes it.", ""));
        Assert.Null(Judge("Models get_device() within its caller: takes it.", ""));
        Assert.Null(Judge("Models css_sch_todo(), on the work queue.", ""));
        Assert.Null(Judge("Models get_device() with kobject_get().", "k.Enter(\"get_device\");"));
        Assert.True(Run.Count > 10 && Modelled.Count > 150);
    }

    /// <summary>Names that lines give to Enter, and that no doc comment among them has.</summary>
    private static List<string> Unnamed(string[] lines)
    {
        var docs = string.Join('\n', lines.Where(l => l.TrimStart().StartsWith("///", StringComparison.Ordinal)));
        return [.. GuestCode.Entered(string.Join('\n', lines)).Where(name => !docs.Contains(name + "()", StringComparison.Ordinal))];
    }

    /// <summary>Why a doc comment that begins with "Models" is wrong, or null.</summary>
    private static string? ProblemOf(Member member, HashSet<string> run)
    {
        if (Models().Match(member.Doc) is not { Success: true } models) return null;
        if (Function().Match(models.Groups[1].Value) is not { Success: true } function) return "it names no function";
        var name = function.Groups[1].Value;
        var entered = GuestCode.Entered(member.Text).ToList();
        if (entered.Contains(name)) return null;
        if (entered.Count > 0) return $"its frame is {entered[0]} and not {name}";
        return run.Contains(name) || models.Groups[1].Value.Contains(Within, StringComparison.Ordinal)
            ? null
            : $"it opens no frame for {name}";
    }

    private static string? Judge(string summary, string body) =>
        ProblemOf(new Member("Sample", $"<summary>{summary}</summary>", [body]), ["css_sch_todo"]);

    private static void Nothing(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));

    [GeneratedRegex(@"^<(?:summary|content)>\s*Models\b(.*?)</(?:summary|content)>")]
    private static partial Regex Models();

    [GeneratedRegex(@"\b([A-Za-z_]\w*)\(\)")]
    private static partial Regex Function();

    [GeneratedRegex("(?:WorkItem|SystemWork|DelayedWork|Timer|KernelThread|Spawn)\\([^\"\n]*\"([a-z_0-9]+)\"")]
    private static partial Regex Runner();
}
