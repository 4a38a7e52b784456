using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Testing;

/// <summary>Targets to play campaigns on, one a variant, kept for the next test.</summary>
/// <remarks>
/// A target takes some 36 MB and makes itself new before each execution, so a test needs none of its own, unless it compares two. One
/// process runs one execution at a time: everybody who asked for a variant has the same target, and none of them while another runs.
/// </remarks>
internal static class TargetPool
{
    /// <summary>How many targets are kept; past that, the one that was not asked for the longest goes.</summary>
    private const int Most = 6;

    private static readonly LinkedList<(string Name, FuzzTarget Target)> Kept = new();

    /// <summary>The target of a variant, its trace off.</summary>
    /// <param name="variant">What is run; the default if null.</param>
    /// <param name="cpus">Virtual CPUs of the guest.</param>
    public static FuzzTarget Of(Variant? variant = null, int cpus = FuzzTarget.UsualCpus)
    {
        variant ??= VariantCatalogue.Default;
        var name = $"{variant} on {variant.HostText} with {cpus}";
        var node = Kept.First;
        while (node is not null && node.Value.Name != name) node = node.Next;
        if (node is null)
        {
            if (Kept.Count == Most) Kept.RemoveLast();
            DeadMemory.CollectSometimes();
            node = new((name, new FuzzTarget(variant, cpus)));
        }
        else
        {
            Kept.Remove(node);
        }
        Kept.AddFirst(node);
        node.Value.Target.World.Trace.On = false;
        return node.Value.Target;
    }

    /// <summary>The target of a variant, its trace on.</summary>
    public static FuzzTarget Traced(Variant? variant = null)
    {
        var target = Of(variant);
        target.World.Trace.On = true;
        return target;
    }
}
