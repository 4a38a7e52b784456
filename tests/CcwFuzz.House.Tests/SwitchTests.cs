using System.Text.RegularExpressions;
using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>In the guest's code a remedy or a past defect is one line with its name; its body stands in a folder beside.</summary>
public sealed partial class SwitchTests
{
    private const int Most = 2;

    /// <summary>Members that ask for more switches than others, and why.</summary>
    private static readonly (string File, string Member, int Count, string Reason)[] Exceptions =
    [
        ("Cio/CssBus.cs", "Remove(", 3, "ccw_device_remove() has three steps that remedies change, each another one"),
        ("Cio/Css.cs", "ReleaseSubchannel(", 3, "two remedies free the subchannel later, another one leaves its configuration alone"),
        ("VirtioCcw/VirtioCcwIndicators.cs", "Drop(", 3, "DropBits drops them on both ways out; NoAirqInfo comes before"),
        ("VirtioCcw/VirtioCcwIo.cs", "Run(", 3, "NoIoLock leaves out two steps, locking and unlocking; RetryDeferred is between"),
    ];

    private static readonly List<string> Guest =
        [.. SourceCode.Files("src/Target/Linux").Where(f => !f.Contains("/Remedies/", StringComparison.Ordinal)
            && !f.Contains("/Defects/", StringComparison.Ordinal))];

    [Fact]
    public void A_function_asks_for_few_switches() => Nothing(
        from file in Guest
        from member in GuestCode.Members(file)
        let count = SitesIn(member.Text)
        where count > Allowed(file, member)
        select $"{file}: {count} switches, at most {Allowed(file, member)}: {member.Name}");

    [Fact]
    public void A_switch_and_its_effect_are_on_one_line() => Nothing(
        from file in Guest
        from line in SourceCode.Lines(file)
        where SitesIn(line.Text) > 0 && !HasEffect(line.Text)
        select $"{file}:{line.Number}: {line.Text.Trim()}");

    [Fact]
    public void Each_exception_is_needed() => Assert.All(Exceptions, e => Assert.Contains(
        Guest.Where(f => f.EndsWith(e.File, StringComparison.Ordinal)).SelectMany(GuestCode.Members),
        m => m.Name.Contains(' ' + e.Member, StringComparison.Ordinal) && SitesIn(m.Text) == e.Count));

    [Fact]
    public void The_rules_can_fail()
    {
        Assert.Equal(2, SitesIn("if (k.Variant.Has(Remedies.MoveLock) || kernel.Variant.Has(Defects.Harden)) return;"));
        Assert.False(HasEffect("        if (k.Variant.Has(Remedies.MoveLock))"));
        Assert.False(HasEffect("        var isOn = k.Variant.Has(Remedies.MoveLock);"));
        Assert.True(HasEffect("        if (k.Variant.Has(Remedies.MoveLock)) return;"));
        Assert.True(HasEffect("            Broken = kernel.Variant.Has(Defects.Harden),"));
        Assert.Equal(2, Allowed("a/B.cs", new Member("void Run()", "", [])));
    }

    private static int SitesIn(string text) => Site().Count(text);

    private static bool HasEffect(string line) =>
        (line.EndsWith(';') || line.EndsWith(',') || line.EndsWith('}')) && !OnlyAsked().IsMatch(line);

    private static int Allowed(string file, Member member) => Exceptions
        .Where(e => file.EndsWith(e.File, StringComparison.Ordinal) && member.Name.Contains(' ' + e.Member, StringComparison.Ordinal))
        .Select(e => e.Count)
        .FirstOrDefault(Most);

    private static void Nothing(IEnumerable<string> problems) => Assert.True(!problems.Any(), string.Join('\n', problems));

    [GeneratedRegex(@"\bHas\((?:Remedies|Defects)\.")]
    private static partial Regex Site();

    [GeneratedRegex(@"^\s*var \w+ = !?[\w.]+\.Has\([\w.]+\);$")]
    private static partial Regex OnlyAsked();
}
