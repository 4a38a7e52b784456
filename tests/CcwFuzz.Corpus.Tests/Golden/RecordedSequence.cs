using System.Text.RegularExpressions;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Corpus.Tests.Golden;

/// <summary>The order of I/O instructions, virtio-ccw commands, status values and channel reports, phase by phase.</summary>
/// <remarks>
/// Two sources give the same form: a recording of a real Linux under QEMU (a line a phase) and a trace of the model. Left
/// out on both sides are TSCH and STCRW, which recordings do not show, indicator bytes, which follow the traffic, and of CHSC
/// what the guest asks once when it boots.
/// </remarks>
public static partial class RecordedSequence
{
    private const string GenericStart = "SSCH[generic]";

    /// <summary>Reads a recording's summary: one list for each of its phases, in their order.</summary>
    public static List<List<string>> FromSummary(string summary)
    {
        var phases = new List<List<string>> { new() };
        foreach (var line in summary.Split('\n'))
        {
            if (line.StartsWith("###", StringComparison.Ordinal)) phases.Add([]);
            else if (line.StartsWith("    ", StringComparison.Ordinal)) AddTokens(line, phases[^1]);
        }
        return phases;
    }

    /// <summary>Reads a trace of the model: what happened before the first operation, then a list for each operation.</summary>
    public static List<List<string>> FromTrace(IEnumerable<TraceLine> trace)
    {
        var phases = new List<List<string>> { new() };
        foreach (var line in trace)
        {
            var phase = phases[^1];
            switch (line.Kind)
            {
                case TraceKind.Operation:
                    phases.Add([]);
                    break;
                case TraceKind.Instruction:
                    AddInstruction(line.Text.Split(' '), phase);
                    break;
                case TraceKind.Command:
                    if (phase.Count > 0 && phase[^1] == GenericStart) phase.RemoveAt(phase.Count - 1);
                    phase.Add(line.Text.Split(' ')[0]);
                    break;
                case TraceKind.Status:
                    phase.Add($"<{line.Text}>");
                    break;
                case TraceKind.Crw or TraceKind.Assign:
                    phase.Add($"[{line.Text.Trim()}]");
                    break;
            }
        }
        return phases;
    }

    private static void AddInstruction(string[] words, List<string> phase)
    {
        var mnemonic = words[0];
        if (mnemonic is "tsch" or "stcrw") return;
        phase.Add(mnemonic == "ssch" ? GenericStart : mnemonic == "chsc" ? $"CHSC{words[1]}" : mnemonic.ToUpperInvariant());
    }

    private static void AddTokens(string line, List<string> phase)
    {
        foreach (Match match in Token().Matches(line))
        {
            var word = match.Value.Trim();
            if (word.StartsWith('{') || IsAskedAtBoot(word)) continue;
            if (word.StartsWith("SSCH[", StringComparison.Ordinal)) word = GenericStart;
            var repeated = Repeat().Match(word);
            var count = repeated.Success ? int.Parse(repeated.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture) : 1;
            for (var i = 0; i < count; i++) phase.Add(repeated.Success ? repeated.Groups[1].Value : word);
        }
    }

    private static bool IsAskedAtBoot(string word) =>
        word.StartsWith("CHSC", StringComparison.Ordinal) && !word.StartsWith("CHSC0x0002", StringComparison.Ordinal)
        && !word.StartsWith("CHSC0x0004", StringComparison.Ordinal);

    [GeneratedRegex(@"\{[^}]*\}(x\d+)?|SSCH\[[^\]]*\]|\[[^\]]*\]|<[^>]*>|\S+")]
    private static partial Regex Token();

    [GeneratedRegex(@"^([A-Z_]+|CHSC0x\d{4})x(\d+)$")]
    private static partial Regex Repeat();
}
