using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>All there is to know about one operation: how it is written, what does it, what it becomes on a real guest.</summary>
/// <param name="Opcode">Its number in the bytes.</param>
/// <param name="Name">Its name in the text form.</param>
/// <param name="Meaning">What it does, in one line of help.</param>
public sealed record OperationEntry(Opcode Opcode, string Name, string Meaning)
{
    /// <summary>Whether it is about one device.</summary>
    public bool HasSlot { get; init; } = true;

    /// <summary>The first argument, if it has one.</summary>
    public Parameter? A { get; init; }

    /// <summary>The second argument, if it has one.</summary>
    public Parameter? B { get; init; }

    /// <summary>What it becomes on a real Linux guest.</summary>
    public required RealForm Real { get; init; }

    /// <summary>What happens outside the guest, at once; null if nothing does. It returns why nothing happened, or null.</summary>
    internal Func<HostOperations, Operation, string?>? OnHost { get; init; }

    /// <summary>What a process of the guest does; null if none is started.</summary>
    internal Func<GuestOperations, AddressedOperation, SimTask>? InGuest { get; init; }
}

/// <summary>An operation with the device that it is about, as the guest knows it.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Number">Its number in the campaign.</param>
/// <param name="BusId">Bus id of the ccw device, e.g. "0.0.1234".</param>
/// <param name="Devno">Its device number.</param>
internal readonly record struct AddressedOperation(Operation Operation, int Number, string BusId, ushort Devno);
