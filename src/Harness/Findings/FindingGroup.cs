using System.Text;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Findings;

/// <summary>What near-duplicates have in common: findings with different keys that are likely one bug.</summary>
/// <param name="Name">The same for all of them.</param>
/// <param name="Reason">Why they belong together, for a person; empty if nothing can be shared.</param>
internal sealed record FindingGroup(string Name, string Reason)
{
    /// <summary>The group of a violation, from the kernel's names alone.</summary>
    public static FindingGroup Of(Violation violation, string key)
    {
        ArgumentNullException.ThrowIfNull(violation);
        var type = WithoutNumbers(violation.ObjectType);
        if (violation.Free is { } free)
        {
            return new FindingGroup(
                Slug("freed", type, free.Function),
                $"the same object, {type}, and the same free, in {free.Function}; "
                    + "only who touches it afterwards, or which one it is, differs");
        }
        return violation.Kind switch
        {
            ViolationKind.Pool => new FindingGroup(
                Slug("pool", type, violation.Access?.Function ?? ""),
                $"the same assertion, in {violation.Access?.Function}; only whose block is still in use differs"),
            ViolationKind.Leak => new FindingGroup(
                Slug("leak", type, violation.Allocation?.Function ?? ""),
                $"the same object, {type} of {violation.Allocation?.Function}; only the state in which it is left differs"),
            ViolationKind.DmaToFreed => new FindingGroup(
                Slug("dma", type, violation.Allocation?.Function ?? ""),
                $"the same freed memory, {type} of {violation.Allocation?.Function}; only the host's access differs"),
            _ => new FindingGroup(key, ""),
        };
    }

    /// <summary>Bus ids and names of queues left out: it is the same for every device and queue.</summary>
    private static string WithoutNumbers(string text)
    {
        const string OfQueue = " of queue ";
        var end = text.IndexOf(OfQueue, StringComparison.Ordinal);
        if (end >= 0) text = text[..end];
        var words = text.Split(' ').Where(w => !w.Any(char.IsAsciiDigit) || w.Any(c => c is '_'));
        return string.Join(' ', words);
    }

    private static string Slug(params string[] parts)
    {
        var slug = new StringBuilder();
        foreach (var part in parts.Where(p => p.Length > 0))
        {
            if (slug.Length > 0) slug.Append('-');
            foreach (var c in part.ToLowerInvariant()) slug.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }
        return slug.ToString();
    }
}
