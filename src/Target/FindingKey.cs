using System.Globalization;
using System.Text;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target;

/// <summary>The identity of a finding: what went wrong, with what, where, in the kernel's names alone.</summary>
/// <remarks>
/// Computed from the kind, the object's type, the accessing, allocating and freeing functions, and the state. Numbers inside
/// type and state count as one: ring 0 of virtio1 is ring 1 of virtio0. So do owners: the vring of queue "control" is the vring of
/// queue "request". The type that a NULL pointer should have pointed to is no part of it: it has no name in the kernel's words
/// where there is no object. The result can be the name of a folder.
/// </remarks>
public static class FindingKey
{
    private const int MaxWord = 40;
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>The key, e.g. "pool-gen_pool_destroy-ccw_device_dma_zalloc-1a2b3c4d".</summary>
    public static string Of(Violation violation)
    {
        ArgumentNullException.ThrowIfNull(violation);
        var place = violation.IsAnywhere ? "" : violation.Access?.Function ?? "";
        var hash = FnvOffset;
        foreach (var part in (ReadOnlySpan<string>)
        [
            violation.KindName,
            violation.Kind == ViolationKind.NullAccess ? "" : WithoutNumbers(WithoutOwner(violation.ObjectType)),
            place,
            violation.Allocation?.Function ?? "",
            Freeing(violation.Free),
            WithoutNumbers(violation.State),
        ])
        {
            foreach (var c in part) hash = (hash ^ c) * FnvPrime;
            hash = (hash ^ '|') * FnvPrime;
        }
        var slug = new StringBuilder(violation.KindName);
        AppendWord(slug, place.Length > 0 ? place : violation.ObjectType);
        AppendWord(slug, violation.Allocation?.Function ?? "");
        return slug.Append(CultureInfo.InvariantCulture, $"-{(uint)(hash ^ (hash >> 32)):x8}").ToString();
    }

    /// <summary>One line for a person, e.g. "use-after-free: read of freed struct ccw_device in virtio_ccw_release_dev".</summary>
    public static string TitleOf(Violation violation)
    {
        ArgumentNullException.ThrowIfNull(violation);
        var title = new StringBuilder(violation.KindName).Append(": ");
        var message = OneLine(violation.Message);
        if (violation is { IsAnywhere: false, Access: { } access } && !message.Contains(access.Function, StringComparison.Ordinal))
            title.Append(access.Function).Append(": ");
        return title.Append(message).ToString();
    }

    /// <summary>The function that wanted the memory freed, not the allocator that did it.</summary>
    private static string Freeing(CallSite? site)
    {
        while (site is { Parent: { } caller, Function: "gen_pool_free_owner" or "cio_gp_dma_free" or "ccw_device_dma_free" or "kfree" })
            site = caller;
        return site?.Function ?? "";
    }

    private static void AppendWord(StringBuilder slug, string word)
    {
        if (word.Length == 0) return;
        slug.Append('-');
        for (var i = 0; i < Math.Min(word.Length, MaxWord); i++)
        {
            var c = char.ToLowerInvariant(word[i]);
            slug.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }
    }

    private static string WithoutOwner(string type)
    {
        var end = type.IndexOf(" of ", StringComparison.Ordinal);
        return end < 0 ? type : type[..end];
    }

    private static string WithoutNumbers(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiDigit(text[i])) result.Append(text[i]);
            else if (i == 0 || !char.IsAsciiDigit(text[i - 1])) result.Append('#');
        }
        return result.ToString();
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
