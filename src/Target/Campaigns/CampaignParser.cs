using CcwFuzz.Target.Linux.Kernel;
using System.Globalization;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>Reads the text form of a campaign (see <see cref="CampaignText"/>).</summary>
/// <remarks>Indentation is for the eye; <c>#</c> starts a comment; numbers are decimal or 0x hexadecimal; case does not matter.</remarks>
public sealed class CampaignParser
{
    private const StringComparison IgnoreCase = StringComparison.OrdinalIgnoreCase;
    private static readonly Parameter Run = new("run", 0, ushort.MaxValue, "0, or 1 + points until the next operation starts");
    private static readonly Parameter At = new("at", 0, RecordCodec.MaxPoint, "number of the scheduling decision");
    private static readonly Parameter To = new("to", 1, RecordCodec.MaxChoice, "which of the alternatives");
    private static readonly Parameter Alloc = new("alloc", 1, RecordCodec.MaxAllocation, "number of the allocation");

    private static readonly Parameter Kind =
        Parameter.Choice("kind", "which allocator", AllocationKinds.Names);

    private readonly List<Operation> operations = [];
    private readonly List<Fault> faults = [];
    private readonly List<Deviation> deviations = [];
    private readonly List<Word> words = [];
    private readonly HashSet<int> used = [];
    private int line;

    private CampaignParser()
    {
    }

    private readonly record struct Word(string Text, int Column);

    /// <summary>Reads a campaign.</summary>
    /// <exception cref="CampaignSyntaxException">There is a mistake in it.</exception>
    public static Campaign Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new CampaignParser();
        foreach (var line in text.TrimStart('\uFEFF').AsSpan().EnumerateLines()) parser.ParseLine(line);
        return new Campaign(parser.operations, parser.faults, parser.deviations);
    }

    private void ParseLine(ReadOnlySpan<char> text)
    {
        line++;
        SplitWords(text);
        if (words.Count == 0) return;
        used.Clear();
        if (operations.Count + faults.Count + deviations.Count == Campaign.MaxRecords)
            throw Mistake(words[0], $"more than {Campaign.MaxRecords} lines; a campaign can have no more");
        var name = words[0].Text;
        if (name.Equals(CampaignText.DeviationWord, IgnoreCase)) ParseDeviation();
        else if (name.Equals(CampaignText.FaultWord, IgnoreCase)) ParseFault();
        else ParseOperation(name);
    }

    private void SplitWords(ReadOnlySpan<char> text)
    {
        words.Clear();
        for (var i = 0; i < text.Length && text[i] != '#';)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }
            var start = i;
            while (i < text.Length && text[i] != '#' && !char.IsWhiteSpace(text[i])) i++;
            words.Add(new Word(text[start..i].ToString(), start + 1));
        }
    }

    private void ParseOperation(string name)
    {
        if (operations.Count == Campaign.MaxOperations)
            throw Mistake(words[0], $"more than {Campaign.MaxOperations} operations; a campaign can have no more");
        var info = OperationCatalogue.All.FirstOrDefault(o => o.Name.Equals(name, IgnoreCase)) ?? throw UnknownOperation(words[0]);
        var next = 1;
        var slot = info.HasSlot ? ParseSlot(info, next++) : (byte)0;
        var a = Argument(info.A, next, slot);
        var b = Argument(info.B, next, slot);
        var run = Argument(Run, next, slot);
        RefuseTheRest(name, next, [info.A, info.B, Run]);
        operations.Add(new Operation(info.Opcode, slot, a, b, run));
    }

    private void ParseDeviation()
    {
        RequireOperation();
        var at = Required(At, words[0]);
        var to = Argument(To, 1, 0);
        RefuseTheRest(CampaignText.DeviationWord, 1, [At, To]);
        deviations.Add(new Deviation(operations.Count - 1, at, to));
    }

    private void ParseFault()
    {
        RequireOperation();
        var number = Required(Alloc, words[0]);
        var kind = Argument(Kind, 1, 0);
        RefuseTheRest(CampaignText.FaultWord, 1, [Alloc, Kind]);
        faults.Add(new Fault(operations.Count - 1, (AllocationKind)kind, number));
    }

    private void RequireOperation()
    {
        if (operations.Count == 0)
            throw Mistake(words[0], $"'{words[0].Text}' belongs to the operation before it, but there is none; expected an operation");
    }

    private byte ParseSlot(OperationEntry info, int index)
    {
        if (index >= words.Count)
            throw Mistake(AfterLine(), $"'{info.Name}' needs a slot; expected a number from 0 to {Operation.Slots - 1}");
        var word = words[index];
        if (!TryNumber(word.Text, out var slot) || slot >= Operation.Slots)
            throw Mistake(word, $"'{word.Text}' is no slot; expected a number from 0 to {Operation.Slots - 1} after '{info.Name}'");
        return (byte)slot;
    }

    private ushort Required(Parameter parameter, Word owner) => Find(parameter, 1) < 0
        ? throw Mistake(AfterLine(), $"'{owner.Text}' needs {parameter.Name}=; expected {Expected(parameter, 0)}")
        : Argument(parameter, 1, 0);

    private ushort Argument(Parameter? parameter, int from, int slot)
    {
        if (parameter is null) return 0;
        var index = Find(parameter, from);
        if (index < 0) return (ushort)parameter.Min;
        used.Add(index);
        if (Find(parameter, index + 1) is > 0 and var again)
            throw Mistake(words[again], $"'{parameter.Name}' is given twice; expected it once");
        var value = words[index].Text[(parameter.Name.Length + 1)..];
        return Value(parameter, value, slot) ?? throw Mistake(
            new Word(value, words[index].Column + parameter.Name.Length + 1),
            $"'{value}' is no {parameter.Name}; expected {Expected(parameter, slot)}{Spelling.Hint(value, parameter.ValueNames)}");
    }

    private int Find(Parameter parameter, int from)
    {
        for (var i = from; i < words.Count; i++)
        {
            var text = words[i].Text;
            if (text.Length > parameter.Name.Length && text[parameter.Name.Length] == '=' && text.StartsWith(parameter.Name, IgnoreCase))
                return i;
        }
        return -1;
    }

    private static ushort? Value(Parameter parameter, string text, int slot)
    {
        for (var i = 0; i < parameter.ValueNames.Count; i++)
            if (parameter.ValueNames[i].Equals(text, IgnoreCase)) return (ushort)(parameter.Min + i);
        // Device numbers are hexadecimal with or without 0x, as in 0.0.1234.
        var digits = parameter.IsDevno && !text.StartsWith("0x", IgnoreCase) ? "0x" + text : text;
        if (parameter.ValueNames.Count > 0 || !TryNumber(digits, out var number)) return null;
        if (!parameter.IsDevno) return number >= parameter.Min && number <= parameter.Max ? (ushort)number : null;
        for (var i = parameter.Min; i <= parameter.Max; i++)
            if (Operation.UsualDevno(slot + i) == number) return (ushort)i;
        return null;
    }

    private void RefuseTheRest(string owner, int from, Parameter?[] known)
    {
        for (var i = from; i < words.Count; i++)
        {
            if (used.Contains(i)) continue;
            var name = words[i].Text.Split('=')[0];
            var names = known.OfType<Parameter>().Select(p => p.Name).ToList();
            var expected = string.Join(", ", names.Select(n => n + "="));
            throw Mistake(words[i], words[i].Text.Contains('=', StringComparison.Ordinal)
                ? $"'{owner}' has no '{name}'; expected one of {expected}{Spelling.Hint(name, names)}"
                : $"'{words[i].Text}' is no argument; expected name=value with one of {expected}");
        }
    }

    private CampaignSyntaxException UnknownOperation(Word word)
    {
        var names = OperationCatalogue.All.Select(o => o.Name).Append(CampaignText.DeviationWord).Append(CampaignText.FaultWord).ToList();
        var hint = Spelling.Hint(word.Text, names);
        return Mistake(word, $"unknown operation '{word.Text}'; expected one of {string.Join(", ", names)}{hint}");
    }

    private CampaignSyntaxException Mistake(Word word, string problem) => new(line, word.Column, problem);

    private Word AfterLine() => new("", words[^1].Column + words[^1].Text.Length + 1);

    private static string Expected(Parameter parameter, int slot)
    {
        if (parameter.ValueNames.Count > 0) return $"one of {string.Join(", ", parameter.ValueNames)}";
        return parameter.IsDevno
            ? $"one of {string.Join(", ", Enumerable.Range(0, Operation.Slots).Select(i => CampaignText.Format(parameter, i, slot)))}"
            : $"a number from {parameter.Min} to {parameter.Max} ({parameter.Meaning})";
    }

    private static bool TryNumber(string text, out uint number) => text.StartsWith("0x", IgnoreCase)
        ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
