using System.CommandLine;
using CcwFuzz.Harness.Benchmarks.TriageAtScale;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench triage: into which keys many violations fall.</summary>
internal sealed class BenchTriageVerb() : Measurement("triage", "Into which keys the violations of many past defects fall.")
{
    private readonly Option<string> defects = Number("--defects", 20, "the first N past defects with enough violations");
    private readonly Option<string> violations = Number("--violations", 10_000, "raw violations of all defects together");

    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        command.Add(defects);
        command.Add(violations);
        AddSeed(command);
        AddExecutions(command, "the most for each defect (20000)");
        AddSetting(command, "--defect", "defects", "Hnn", "only this past defect");
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context) =>
        TriageReport.Run(settings, Positive(parsed, defects), Positive(parsed, violations), parsed.GetValue(Json), context);
}
