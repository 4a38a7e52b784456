using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Machine.Play;

/// <summary>What the operations of a campaign are on a real guest, as their entries in the catalogue say.</summary>
public static class RealOperations
{
    /// <summary>Opcodes that fuzzing draws from: all that can be done in some form, but for resets, which cost a boot.</summary>
    public static IReadOnlyList<Opcode> Doable { get; } =
        [.. OperationCatalogue.All.Where(o => o.Opcode != Opcode.Reset && o.Real.WhyNot is null).Select(o => o.Opcode)];

    /// <summary>Why a real guest cannot do an operation; null if it can.</summary>
    public static string? WhyNot(Operation operation) => FormOf(operation).WhyNot;

    /// <summary>What of an operation is different on a real guest; null if nothing is.</summary>
    public static string? Difference(Operation operation) => FormOf(operation).Difference;

    /// <summary>The request to the agent; null if the operation is the host's.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="busId">Bus id of the device in its slot.</param>
    public static string? Request(Operation operation, string busId) => FormOf(operation).Request?.Invoke(operation, busId);

    /// <summary>Whether the host does an operation, so that it can happen while the guest has stopped.</summary>
    public static bool IsOfHost(Operation operation) => FormOf(operation).Actor == RealActor.Host;

    private static RealForm FormOf(Operation operation) => OperationCatalogue.Of(operation.Opcode).Real;
}
