using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Output;

/// <summary>The parts of a violation, as programs read them.</summary>
/// <param name="Kind">Kind in kebab case.</param>
/// <param name="Message">What happened.</param>
/// <param name="ObjectType">Type of the object it is about; empty if there is none.</param>
/// <param name="State">State of the subchannel; empty if it does not matter.</param>
/// <param name="Access">Who touched it, or null.</param>
/// <param name="Allocation">Who allocated it, or null.</param>
/// <param name="Free">Who freed it, or null.</param>
internal sealed record ViolationRecord(
    string Kind, string Message, string ObjectType, string State, ChainRecord? Access, ChainRecord? Allocation, ChainRecord? Free)
{
    /// <summary>The record of a violation.</summary>
    public static ViolationRecord Of(Violation violation) => new(
        violation.KindName,
        violation.Message,
        violation.ObjectType,
        violation.State,
        ChainRecord.Of(violation.Access, violation.AccessContext),
        ChainRecord.Of(violation.Allocation, violation.AllocationContext),
        ChainRecord.Of(violation.Free, violation.FreeContext));
}

/// <summary>A chain of calls.</summary>
/// <param name="Context">Who ran: a task, an interrupt, the host.</param>
/// <param name="Functions">The functions, innermost first.</param>
internal sealed record ChainRecord(string Context, IReadOnlyList<string> Functions)
{
    /// <summary>The record of a call site, or null without one.</summary>
    public static ChainRecord? Of(CallSite? site, string context)
    {
        if (site is null) return null;
        var functions = new List<string>();
        for (var at = site; at is not null; at = at.Parent) functions.Add(at.Function);
        return new ChainRecord(context, functions);
    }
}
