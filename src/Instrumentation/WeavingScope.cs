using Mono.Cecil;
using Mono.Cecil.Cil;

namespace CcwFuzz.Instrumentation;

/// <summary>Which methods get probes.</summary>
internal static class WeavingScope
{
    private const string CompilerGenerated = "System.Runtime.CompilerServices.CompilerGeneratedAttribute";
    private const string Uncounted = "CcwFuzz.Target.Simulation.UncountedAttribute";
    private const string AsyncStateMachine = "System.Runtime.CompilerServices.AsyncStateMachineAttribute";

    /// <summary>Parts of the simulation that are the same in every execution: their counts would only say how long it was.</summary>
    private static readonly string[] Plumbing =
    [
        "CcwFuzz.Target.Simulation.",
    ];

    /// <summary>The host outlives executions: when its objects are made says nothing about one of them.</summary>
    private static readonly string[] Reused = ["CcwFuzz.Target.Hypervisor.", "CcwFuzz.Target.Channel."];

    /// <summary>Why a method gets no probes, or null if it gets them.</summary>
    public static string? ReasonToSkip(MethodDefinition method, ProbeShape shape)
    {
        var type = method.DeclaringType.FullName;
        if (type.StartsWith(AssemblyWeaver.MapType, StringComparison.Ordinal)) return "the map";
        if (shape != ProbeShape.Everywhere && Plumbing.Any(p => type.StartsWith(p, StringComparison.Ordinal))) return "plumbing";
        if (Has(method, Uncounted)) return "depends on earlier executions";
        if (method.IsConstructor && Reused.Any(p => type.StartsWith(p, StringComparison.Ordinal))) return "objects of the host are reused";
        if (method.IsConstructor && method.DeclaringType.Name.StartsWith("<>c", StringComparison.Ordinal)) return "compiler generated";
        if (method.IsGetter && !Decides(method)) return "decides nothing";
        if (IsHelper(method.DeclaringType)) return "compiler generated";
        if (method.Name == ".cctor") return "static constructor";
        if (Has(method, AsyncStateMachine)) return "starts a state machine";
        if (method.Name == "SetStateMachine") return "state machine";
        // Properties without a body, members of records; functions within functions and lambdas are a person's code.
        if (Has(method, CompilerGenerated) && !IsNested(method.Name)) return "compiler generated";
        return null;
    }

    /// <summary>Collections and data behind literals.</summary>
    private static bool IsHelper(TypeDefinition type) =>
        type.Name.StartsWith("<>z__", StringComparison.Ordinal) || type.Name.StartsWith("<PrivateImplementation", StringComparison.Ordinal)
        || type.Name.StartsWith("__StaticArray", StringComparison.Ordinal);

    private static bool Decides(MethodDefinition method) =>
        method.Body.Instructions.Any(i => i.OpCode.FlowControl == FlowControl.Cond_Branch);

    private static bool IsNested(string name) =>
        name.Contains(">g__", StringComparison.Ordinal) || name.Contains(">b__", StringComparison.Ordinal);

    private static bool Has(MethodDefinition method, string attribute) =>
        method.HasCustomAttributes && method.CustomAttributes.Any(a => a.AttributeType.FullName == attribute);
}
