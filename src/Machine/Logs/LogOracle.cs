using System.Text.RegularExpressions;

namespace CcwFuzz.Machine.Logs;

/// <summary>Finds what must not be in a kernel's log.</summary>
public static partial class LogOracle
{
    private const int MostLines = 80;

    /// <summary>The oracles, the more specific before the more general.</summary>
    private static readonly (string Name, Regex Pattern)[] Oracles =
    [
        ("kasan", Kasan()),
        ("kfence", Kfence()),
        ("ubsan", Ubsan()),
        ("refcount", Refcount()),
        ("lockdep", Lockdep()),
        ("hung-task", HungTask()),
        ("lockup", Lockup()),
        ("oops", Oops()),
        ("bug", Bug()),
        ("warning", Warning()),
        ("panic", Panic()),
    ];

    /// <summary>The first thing that is wrong; null if nothing is.</summary>
    public static Observation? Look(IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        for (var i = 0; i < lines.Count; i++)
        {
            var text = Stamp().Replace(lines[i], "");
            foreach (var (name, pattern) in Oracles)
                if (pattern.IsMatch(text)) return Describe(name, text, lines, i);
        }
        return null;
    }

    /// <summary>A line without its numbers and addresses. One that was never seen before is a sign of new behaviour.</summary>
    public static string ShapeOf(string line) => Number().Replace(Stamp().Replace(line, ""), "#");

    private static Observation Describe(string oracle, string text, IReadOnlyList<string> lines, int start)
    {
        var evidence = new List<string>();
        for (var i = start; i < lines.Count && evidence.Count < MostLines; i++)
        {
            evidence.Add(lines[i]);
            if (End().IsMatch(lines[i])) break;
        }
        // A WARNING of refcount_t is reported in the line before, where its meaning is.
        var stack = evidence.SkipWhile(l => !l.Contains("Call Trace:", StringComparison.Ordinal)).ToList();
        var functions = KernelFunctions.OfStack(stack.Count > 0 ? stack : evidence).ToList();
        var status = evidence.FirstOrDefault(l => l.Contains("PSW", StringComparison.Ordinal)) ?? "";
        var place = KernelFunctions.Of(text) ?? KernelFunctions.Of(status);
        var names = place is not null && oracle is not "refcount" && !KernelFunctions.IsUnspecific(place);
        if (names && !functions.Contains(place!)) functions.Insert(0, place!);
        return new Observation(oracle, Numbers(text), functions, evidence);
    }

    private static string Numbers(string text) => Address().Replace(text.Trim(), "");

    [GeneratedRegex(@"^(<\d+>)?\[ *\d+\.\d+\](\[ *[TC]\d+\])? ?")]
    private static partial Regex Stamp();

    [GeneratedRegex(@"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"\b[0-9a-f]{12,16}\b|\b[CP](PU|ID): \d+ ?|pid[: ]\d+")]
    private static partial Regex Address();

    [GeneratedRegex(@"---\[ end trace|Last Breaking-Event-Address|^(\[.*\] )?={60}")]
    private static partial Regex End();

    [GeneratedRegex(@"BUG: KASAN:|KASAN: ")]
    private static partial Regex Kasan();

    [GeneratedRegex("BUG: KFENCE:")]
    private static partial Regex Kfence();

    [GeneratedRegex("^UBSAN:")]
    private static partial Regex Ubsan();

    [GeneratedRegex("^refcount_t: ")]
    private static partial Regex Refcount();

    [GeneratedRegex(
        @"WARNING: (possible (circular|recursive|irq lock inversion)|bad unlock balance|suspicious RCU|inconsistent lock state|"
        + "held lock freed)|BUG: (Invalid wait context|sleeping function)")]
    private static partial Regex Lockdep();

    [GeneratedRegex(@"^INFO: task .* blocked for more than")]
    private static partial Regex HungTask();

    [GeneratedRegex(@"soft lockup|rcu.*detected.* stall|hard LOCKUP")]
    private static partial Regex Lockup();

    [GeneratedRegex(@"^Unable to handle kernel|^Oops: |: \d{4} ilc:\d|^illegal operation|^specification exception")]
    private static partial Regex Oops();

    [GeneratedRegex(@"^kernel BUG at|^BUG: |^list_(add|del) corruption|Object already free|^=+ BUG ")]
    private static partial Regex Bug();

    [GeneratedRegex("^WARNING: ")]
    private static partial Regex Warning();

    [GeneratedRegex("Kernel panic - not syncing")]
    private static partial Regex Panic();
}
