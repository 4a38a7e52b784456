using System.Runtime.CompilerServices;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Memory;

/// <summary>A pointer as the kernel has it: it may be NULL, and it may dangle.</summary>
/// <remarks>
/// Every access goes through <see cref="Read"/> or <see cref="Write"/>; touching a freed object there ends the execution
/// with a violation that names the object, the access, the allocation and the free. Comparing pointers touches nothing.
/// </remarks>
/// <typeparam name="T">What it points to.</typeparam>
public readonly struct Ptr<T> : IEquatable<Ptr<T>> where T : HeapObject
{
    private readonly T? target;

    internal Ptr(T? target) => this.target = target;

    /// <summary>The NULL pointer.</summary>
    public static Ptr<T> Null => default;

    /// <summary>Whether it is NULL.</summary>
    public bool IsNull => target is null;

    /// <summary>Whether it points to an object that was freed. For checks only: guest code cannot know.</summary>
    public bool IsDangling => target is { IsFreed: true };

    /// <summary>The address in it; 0 for NULL. Does not touch the object.</summary>
    public uint Address => target?.Address ?? 0;

    /// <summary>The object without a check: for observers and release callbacks, never for guest accesses.</summary>
    internal T? Target => target;

    /// <summary>Reads the object.</summary>
    /// <exception cref="ViolationException">The pointer is NULL or dangles.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Read()
    {
        if (target is null || target.IsFreed) Bad("read");
        target!.NoteRead();
        return target;
    }

    /// <summary>Writes the object.</summary>
    /// <exception cref="ViolationException">The pointer is NULL or dangles.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Write()
    {
        if (target is null || target.IsFreed) Bad("write");
        target!.NoteWrite();
        return target;
    }

    /// <summary>The same pointer with another type (container_of, or the embedded structure).</summary>
    public Ptr<TOther> As<TOther>() where TOther : HeapObject => new((TOther?)(HeapObject?)target);

    /// <inheritdoc/>
    public bool Equals(Ptr<T> other) => ReferenceEquals(target, other.target);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Ptr<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Address;

    /// <summary>Whether both point to the same object.</summary>
    public static bool operator ==(Ptr<T> left, Ptr<T> right) => left.Equals(right);

    /// <summary>Whether they point to different objects.</summary>
    public static bool operator !=(Ptr<T> left, Ptr<T> right) => !left.Equals(right);

    private void Bad(string access)
    {
        if (target is null) throw new NullPointerException(typeof(T).Name);
        var world = target.Heap.World;
        world.Fail(target.Describe(
            ViolationKind.UseAfterFree, $"{access} of freed {target.TypeName} in {world.Scheduler.Current.Site.Function}"));
    }
}

/// <summary>A NULL pointer was followed; the target turns it into a violation of the context that did it.</summary>
/// <remarks>Remembers where it happened when it is made: unwinding leaves the kernel functions on the way.</remarks>
/// <param name="typeName">C# name of the type that was expected.</param>
public sealed class NullPointerException(string typeName) : Exception($"NULL pointer to {typeName} followed")
{
    /// <summary>Name of the type that was expected.</summary>
    public string PointeeType { get; } = typeName;

    /// <summary>Call chain that followed the pointer.</summary>
    public Simulation.CallSite? Site { get; } = World.Active?.Scheduler.Current.Site;

    /// <summary>Name of the context that followed it.</summary>
    public string ContextName { get; } = World.Active?.Scheduler.Current.Name ?? "";
}
