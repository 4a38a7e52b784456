namespace CcwFuzz.Target.Variants;

/// <summary>The historical defects that can be switched on. Guest and host code ask <see cref="Variant.Has"/> for them.</summary>
/// <remarks>
/// A defect is one static property with its switch, and its place in the list of its part: Defects.Guest.cs has those of Linux,
/// Defects.Host.cs those of QEMU.
/// The lists are made at their first use: the parts of a class are initialized in no particular order.
/// </remarks>
public static partial class Defects
{
    private static IReadOnlyList<Switch>? all;
    private static IReadOnlyList<Switch>? guest;
    private static IReadOnlyList<Switch>? host;

    /// <summary>All defects, in the order of their identifiers.</summary>
    public static IReadOnlyList<Switch> All => all ??= [.. Guest.Concat(Host).OrderBy(s => s.Rank)];

    /// <summary>The defects of the guest.</summary>
    public static IReadOnlyList<Switch> Guest => guest ??= GuestDefects();

    /// <summary>The defects of the host.</summary>
    public static IReadOnlyList<Switch> Host => host ??= HostDefects();

    /// <summary>Entries of the list of past defects that are no switch, with the reason.</summary>
    public static IReadOnlyList<(string Id, string Reason)> NotExpressed => [.. GuestNotExpressed, .. HostNotExpressed];
}
