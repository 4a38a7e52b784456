using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Output;

/// <summary>Prints a violation: who touched what, who allocated it, who freed it.</summary>
internal static class ViolationWriter
{
    /// <summary>Prints it in full.</summary>
    public static void Write(TextWriter output, Violation violation)
    {
        output.WriteLine($"kind       {violation.KindName}");
        output.WriteLine($"message    {violation.Message}");
        if (violation.ObjectType.Length > 0) output.WriteLine($"object     {violation.ObjectType}");
        if (violation.State.Length > 0) output.WriteLine($"state      {violation.State}");
        WriteChain(output, "access", violation.Access, violation.AccessContext);
        WriteChain(output, "allocated", violation.Allocation, violation.AllocationContext);
        WriteChain(output, "freed", violation.Free, violation.FreeContext);
    }

    private static void WriteChain(TextWriter output, string what, CallSite? site, string context)
    {
        if (site is null) return;
        output.WriteLine($"{what,-9}  by {(context.Length == 0 ? "host" : context)}");
        for (var at = site; at is not null; at = at.Parent) output.WriteLine($"             {at.Function}");
    }
}
