using System.CommandLine;
using CcwFuzz.Harness.Benchmarks.PastDefects;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench defects: executions to each past defect.</summary>
internal sealed class BenchDefectsVerb() : Measurement("defects", "Executions it takes to find each past defect on top of hardened.")
{
    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        AddSeed(command);
        AddExecutions(command, "the most for each defect (2000000)");
        AddSetting(command, "--defect", "defects", "Hnn", "only this past defect");
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context) =>
        DefectReport.Run(settings, parsed.GetValue(Json), context);
}
