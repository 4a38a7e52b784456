using CcwFuzz.Target;
using CcwFuzz.Target.Checks;
using CcwFuzz.Target.Simulation;
using Mono.Cecil;
using Mono.Cecil.Rocks;
using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>What the catalogue of invariants names is called by somebody: a check that nobody calls holds nothing.</summary>
public sealed class InvariantPlaceTests : IDisposable
{
    private readonly List<AssemblyDefinition> assemblies =
        [.. ((string[])["CcwFuzz.Target.dll", "CcwFuzz.Machine.dll", "ccwfuzz.dll"])
            .Select(name => AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, name)))];

    public void Dispose() => assemblies.ForEach(a => a.Dispose());

    [Fact]
    public void Every_method_that_reports_a_violation_is_called_by_another()
    {
        var called = Called();
        Assert.Contains("CcwFuzz.Target.FuzzTarget.Run", called);
        var reporting = Places().SelectMany(Callable).Where(Reports).Select(NameOf).Distinct().ToList();
        Assert.InRange(reporting.Count, 20, int.MaxValue);
        var dead = reporting.Where(name => !called.Contains(name)).ToList();
        Assert.True(dead.Count == 0, string.Join(", ", dead));
    }

    /// <summary>The types of the catalogue; a type's member is named behind a dot.</summary>
    private IEnumerable<TypeDefinition> Places()
    {
        var names = InvariantCatalogue.All
            .SelectMany(i => i.CheckedBy.Split(", ", StringSplitOptions.RemoveEmptyEntries))
            .Select(name => name.Split('.')[0])
            .ToHashSet();
        return Types().Where(t => t.Module.Assembly.Name.Name == typeof(FuzzTarget).Assembly.GetName().Name)
            .Where(t => names.Contains(t.Name.Split('`')[0]));
    }

    /// <summary>Methods that somebody must call by their name: not those of the runtime, the compiler, a base or an interface.</summary>
    private static IEnumerable<MethodDefinition> Callable(TypeDefinition type) => type.Methods
        .Where(m => m is { IsSpecialName: false, IsVirtual: false, IsConstructor: false })
        .Where(m => !m.Name.Contains('<', StringComparison.Ordinal));

    /// <summary>Whether it notes a violation or stops at one, itself or in the state machine that the compiler made of it.</summary>
    private static bool Reports(MethodDefinition method) => method.DeclaringType.NestedTypes
        .Where(t => t.Name.StartsWith($"<{method.Name}>", StringComparison.Ordinal))
        .SelectMany(t => t.Methods)
        .Append(method)
        .Where(m => m.HasBody)
        .SelectMany(m => m.Body.Instructions)
        .Any(i => i.Operand is MethodReference { Name: "Fail" or "Note" or "MightSleep", DeclaringType.Name: nameof(World) });

    private HashSet<string> Called() =>
    [
        .. from type in Types()
           from method in type.Methods
           where method.HasBody
           from instruction in method.Body.Instructions
           where instruction.Operand is MethodReference { DeclaringType: var owner }
               && owner.FullName.StartsWith("CcwFuzz.", StringComparison.Ordinal)
           let callee = ((MethodReference)instruction.Operand).Resolve()
           where callee is not null && callee != method
           select NameOf(callee),
    ];

    private IEnumerable<TypeDefinition> Types() => assemblies.SelectMany(a => a.MainModule.GetAllTypes());

    private static string NameOf(MethodDefinition method) => $"{method.DeclaringType.FullName}.{method.Name}";
}
