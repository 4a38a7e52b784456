using Mono.Cecil;
using Mono.Cecil.Cil;

namespace CcwFuzz.Instrumentation;

/// <summary>Makes probes: a few instructions that leave the evaluation stack as it was.</summary>
/// <param name="map">The class that owns the map.</param>
/// <param name="shape">How they count.</param>
/// <param name="report">Where they are written down.</param>
internal sealed class ProbeFactory(TypeDefinition map, ProbeShape shape, WeavingReport report)
{
    private readonly FieldDefinition address = map.Fields.Single(f => f.Name == "Address");
    private readonly FieldDefinition cells = map.Fields.Single(f => f.Name == "Cells");

    /// <summary>Whether each basic block is counted, in place of edges.</summary>
    public bool CountsBlocks => shape == ProbeShape.Blocks;

    /// <summary>The next probe.</summary>
    /// <param name="method">The method it is put into.</param>
    /// <param name="place">What it counts.</param>
    /// <param name="leadsTo">The instruction of the compiler's code that follows it.</param>
    public List<Instruction> Next(MethodDefinition method, string place, Instruction leadsTo)
    {
        var id = report.Probes.Count;
        var point = method.DebugInformation.SequencePoints.LastOrDefault(s => !s.IsHidden && s.Offset <= leadsTo.Offset);
        var file = point is null ? "" : point.Document.Url[(point.Document.Url.LastIndexOfAny(['/', '\\']) + 1)..];
        report.Add(new WovenProbe(id, method.FullName, place, leadsTo.Offset, file, point?.StartLine ?? 0));
        return Code(id);
    }

    private List<Instruction> Code(int id)
    {
        var code = new List<Instruction>();
        void Add(OpCode op) => code.Add(Instruction.Create(op));
        if (shape == ProbeShape.Array)
        {
            code.Add(Instruction.Create(OpCodes.Ldsfld, cells));
            code.Add(Instruction.Create(OpCodes.Ldc_I4, id));
            code.Add(Instruction.Create(OpCodes.Ldelema, map.Module.TypeSystem.Byte));
        }
        else
        {
            code.Add(Instruction.Create(OpCodes.Ldsfld, address));
            code.Add(Instruction.Create(OpCodes.Ldc_I4, id));
            Add(OpCodes.Add);
        }
        if (shape == ProbeShape.Flag)
        {
            Add(OpCodes.Ldc_I4_1);
            Add(OpCodes.Stind_I1);
            return code;
        }
        Add(OpCodes.Dup);
        Add(OpCodes.Ldind_U1);
        Add(OpCodes.Ldc_I4_1);
        Add(OpCodes.Add);
        if (shape == ProbeShape.Saturating)
        {
            // n - (n >> 8): 256 becomes 255
            Add(OpCodes.Dup);
            Add(OpCodes.Ldc_I4_8);
            Add(OpCodes.Shr_Un);
            Add(OpCodes.Sub);
        }
        Add(OpCodes.Conv_U1);
        Add(OpCodes.Stind_I1);
        return code;
    }
}
