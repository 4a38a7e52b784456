using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace CcwFuzz.Instrumentation;

/// <summary>Puts probes into one method: at its entry, on every edge out of a decision, at every catch.</summary>
/// <remarks>
/// An edge to a place that nothing else leads to is counted at that place. Another edge that jumps is given a place of its own
/// behind the decision ("brtrue L" becomes "brtrue E; br N; E: probe; br L; N:"), inside the same protected region; the JIT
/// makes that a jump again. Places where ways only meet need no probe: the edges before them say how they were reached.
/// </remarks>
/// <param name="method">The method.</param>
/// <param name="factory">Makes the probes.</param>
internal sealed class MethodWeaver(MethodDefinition method, ProbeFactory factory)
{
    private readonly MethodBody body = method.Body;
    private readonly bool isStateMachine =
        method.Name == "MoveNext" && method.DeclaringType.Name.Contains(">d__", StringComparison.Ordinal);
    private readonly List<Instruction> woven = [];

    /// <summary>Instructions with a probe before them that all ways to them pass.</summary>
    private readonly Dictionary<Instruction, string> counted = [];

    /// <summary>Where a jump to such an instruction goes now.</summary>
    private readonly Dictionary<Instruction, Instruction> moved = [];

    /// <summary>Does it.</summary>
    public void Weave()
    {
        body.SimplifyMacros();
        var code = body.Instructions.ToList();
        FindPlaces(code);
        var added = new List<(Instruction Jump, int Target, Instruction Stub)>();
        for (var i = 0; i < code.Count; i++)
        {
            if (counted.TryGetValue(code[i], out var place)) Insert(place, code[i]);
            woven.Add(code[i]);
            if (!factory.CountsBlocks && IsDecision(code[i])) Split(code[i], i + 1 < code.Count ? code[i + 1] : null, added);
        }
        foreach (var instruction in code) Retarget(instruction);
        foreach (var (jump, target, stub) in added) SetTarget(jump, target, stub);
        foreach (var handler in body.ExceptionHandlers) Retarget(handler);
        MoveSequencePoints();
        body.Instructions.Clear();
        foreach (var instruction in woven) body.Instructions.Add(instruction);
        body.OptimizeMacros();
    }

    private bool IsDecision(Instruction instruction) =>
        instruction.OpCode.FlowControl == FlowControl.Cond_Branch
        && !AsksForDelegate(instruction.Previous) && !(isStateMachine && AsksForState(instruction.Previous));

    /// <summary>A lambda's delegate is made the first time and kept: that tells which execution was the first in a process.</summary>
    private static bool AsksForDelegate(Instruction? before) =>
        before is { OpCode.Code: Code.Dup, Previous: { OpCode.Code: Code.Ldsfld, Operand: FieldReference field } }
        && (field.Name.StartsWith("<>9__", StringComparison.Ordinal) || field.DeclaringType.Name == "<>O");

    /// <summary>A state machine finds out where it was: who suspended it there was counted already.</summary>
    private static bool AsksForState(Instruction? before)
    {
        if (before?.OpCode.Code is Code.Ldc_I4) before = before.Previous;
        return before?.OpCode.Code == Code.Ldloc && before.Operand is VariableDefinition { Index: 0 };
    }

    private static Instruction[] TargetsOf(Instruction instruction) => instruction.Operand switch
    {
        Instruction one => [one],
        Instruction[] many => many,
        _ => [],
    };

    private void FindPlaces(List<Instruction> code)
    {
        var ways = Ways(code);
        counted[code[0]] = "entry";
        foreach (var handler in body.ExceptionHandlers)
            if (handler.HandlerType == ExceptionHandlerType.Catch && !isStateMachine) counted[handler.HandlerStart] = "handler";
        for (var i = 0; i < code.Count; i++)
        {
            var instruction = code[i];
            if (factory.CountsBlocks)
            {
                foreach (var target in TargetsOf(instruction)) counted.TryAdd(target, "block");
                if (IsDecision(instruction) && i + 1 < code.Count) counted.TryAdd(code[i + 1], "block");
                continue;
            }
            if (!IsDecision(instruction)) continue;
            foreach (var target in TargetsOf(instruction).Distinct().Where(t => ways[t] == 1)) counted.TryAdd(target, "branch");
            if (i + 1 < code.Count && ways[code[i + 1]] == 1) counted.TryAdd(code[i + 1], "next");
        }
    }

    /// <summary>From how many places each instruction can be reached; several cases of one switch are one.</summary>
    private Dictionary<Instruction, int> Ways(List<Instruction> code)
    {
        var ways = code.ToDictionary(i => i, _ => 0);
        ways[code[0]]++;
        foreach (var handler in body.ExceptionHandlers)
        {
            ways[handler.HandlerStart]++;
            if (handler.FilterStart is { } filter) ways[filter]++;
        }
        for (var i = 0; i < code.Count; i++)
        {
            foreach (var target in TargetsOf(code[i]).Distinct()) ways[target]++;
            var fallsThrough = code[i].OpCode.FlowControl is not (FlowControl.Branch or FlowControl.Return or FlowControl.Throw);
            if (fallsThrough && i + 1 < code.Count) ways[code[i + 1]]++;
        }
        return ways;
    }

    /// <summary>Gives the edges of a decision that have no place of their own one behind it.</summary>
    private void Split(Instruction decision, Instruction? next, List<(Instruction Jump, int Target, Instruction Stub)> added)
    {
        var targets = TargetsOf(decision);
        var stubs = targets.Distinct().Where(t => !IsOwn(t)).ToList();
        var after = next is null || IsOwn(next) ? [] : factory.Next(method, "next", next);
        if (stubs.Count > 0)
        {
            var skip = Instruction.Create(OpCodes.Br, after.Count > 0 ? after[0] : next!);
            woven.Add(skip);
            if (after.Count == 0) added.Add((skip, -1, next!));
            foreach (var target in stubs) InsertStub(decision, targets, target, added);
        }
        woven.AddRange(after);
    }

    private void InsertStub(
        Instruction decision, Instruction[] targets, Instruction target, List<(Instruction Jump, int Target, Instruction Stub)> added)
    {
        var probe = factory.Next(method, targets.Length > 1 ? "case" : "branch", target);
        woven.AddRange(probe);
        var back = Instruction.Create(OpCodes.Br, target);
        woven.Add(back);
        added.Add((back, -1, target));
        for (var i = 0; i < targets.Length; i++)
            if (targets[i] == target) added.Add((decision, i, probe[0]));
    }

    private bool IsOwn(Instruction instruction) => counted.TryGetValue(instruction, out var place) && place is "branch" or "next";

    private void Insert(string place, Instruction before)
    {
        var probe = factory.Next(method, place, before);
        moved[before] = probe[0];
        woven.AddRange(probe);
    }

    private Instruction Moved(Instruction instruction) => moved.GetValueOrDefault(instruction, instruction);

    private void Retarget(Instruction instruction)
    {
        if (instruction.Operand is Instruction one) instruction.Operand = Moved(one);
        else if (instruction.Operand is Instruction[] many) instruction.Operand = many.Select(Moved).ToArray();
    }

    private void SetTarget(Instruction jump, int index, Instruction target)
    {
        if (index < 0) jump.Operand = Moved(target);
        else if (jump.Operand is Instruction[] many) many[index] = target;
        else jump.Operand = target;
    }

    private void Retarget(ExceptionHandler handler)
    {
        handler.TryStart = Moved(handler.TryStart);
        handler.TryEnd = Moved(handler.TryEnd);
        handler.HandlerStart = Moved(handler.HandlerStart);
        if (handler.HandlerEnd is { } end) handler.HandlerEnd = Moved(end);
        if (handler.FilterStart is { } filter) handler.FilterStart = Moved(filter);
    }

    /// <summary>A line begins at its probe, so that a breakpoint on it stops whichever way leads there.</summary>
    private void MoveSequencePoints()
    {
        var points = method.DebugInformation.SequencePoints;
        var starts = moved.ToDictionary(m => m.Key.Offset, m => m.Value);
        for (var i = 0; i < points.Count; i++)
        {
            if (!starts.TryGetValue(points[i].Offset, out var start)) continue;
            points[i] = new SequencePoint(start, points[i].Document)
            {
                StartLine = points[i].StartLine,
                StartColumn = points[i].StartColumn,
                EndLine = points[i].EndLine,
                EndColumn = points[i].EndColumn,
            };
        }
    }
}
