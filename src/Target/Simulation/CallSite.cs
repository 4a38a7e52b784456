namespace CcwFuzz.Target.Simulation;

/// <summary>One kernel call chain: a node in the tree of all chains seen, root first.</summary>
/// <remarks>
/// A chain is kept as one reference, so that remembering who allocated, freed or touched an object costs nothing.
/// Names are the kernel's (or QEMU's) function names, never C# ones: findings keep their identity when our code moves.
/// The tree outlives an execution; only <see cref="Hash"/> is visible outside, and it depends on the names alone.
/// </remarks>
public sealed class CallSite
{
    private const uint FnvPrime = 16777619;
    private CallSite? firstChild;
    private CallSite? nextSibling;

    private CallSite(string function, CallSite? parent, uint hash)
    {
        Function = function;
        Parent = parent;
        Hash = hash;
        FunctionHash = FeatureMap.HashOf(function);
    }

    /// <summary>Kernel or QEMU function at the end of the chain.</summary>
    public string Function { get; }

    /// <summary>The caller, or null at a root.</summary>
    public CallSite? Parent { get; }

    /// <summary>Stable identity of the chain, from the names on it.</summary>
    public uint Hash { get; }

    /// <summary>Stable identity of the function alone.</summary>
    internal uint FunctionHash { get; }

    /// <summary>Number of the last execution that entered here (for coverage).</summary>
    internal uint VisitedIn { get; set; }

    /// <summary>Starts a tree; the root's name is the context's entry, e.g. "kworker/cio".</summary>
    public static CallSite Root(string function) => new(function, null, Mix(2166136261, function));

    /// <summary>The chain that results from calling <paramref name="function"/> here; linear in distinct callees.</summary>
    /// <remarks>Names are literals: comparing references finds what was entered before. Who was called last is looked at first.</remarks>
    public CallSite Enter(string function)
    {
        CallSite? before = null;
        for (var child = firstChild; child is not null; before = child, child = child.nextSibling)
        {
            if (!ReferenceEquals(child.Function, function)) continue;
            if (before is null) return child;
            before.nextSibling = child.nextSibling;
            child.nextSibling = firstChild;
            firstChild = child;
            return child;
        }
        for (var child = firstChild; child is not null; child = child.nextSibling)
            if (child.Function == function) return child;
        var added = new CallSite(function, this, Mix(Hash, function)) { nextSibling = firstChild };
        firstChild = added;
        return added;
    }

    /// <summary>The chain as the kernel prints it, innermost first, at most <paramref name="depth"/> names.</summary>
    public string Describe(int depth = 6)
    {
        var text = new System.Text.StringBuilder(Function);
        var site = Parent;
        for (var i = 1; i < depth && site is not null; i++, site = site.Parent) text.Append(" < ").Append(site.Function);
        return text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Describe();

    private static uint Mix(uint hash, string function)
    {
        foreach (var c in function) hash = (hash ^ c) * FnvPrime;
        return (hash ^ '/') * FnvPrime;
    }
}
