using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands;

/// <summary>What the inputs of a folder came to.</summary>
/// <param name="Inputs">Inputs that were replayed.</param>
/// <param name="Violations">Those that violate something.</param>
/// <param name="Unexpected">Those that do not show what they are to show.</param>
/// <param name="ModelErrors">Those that show a bug of the model itself.</param>
/// <param name="Skipped">Files that could not be replayed.</param>
internal sealed record FolderSummary(int Inputs, int Violations, int Unexpected, int ModelErrors, int Skipped)
{
    /// <summary>The exit code.</summary>
    public int Exit => ModelErrors > 0 ? ExitCode.Internal : Unexpected > 0 ? ExitCode.Violation : ExitCode.Clean;

    /// <summary>Counts inputs.</summary>
    public static FolderSummary Of(IReadOnlyList<ReplayedInput> inputs, int skipped) => new(
        inputs.Count,
        inputs.Count(i => i.Key is not null && !i.IsModelError),
        inputs.Count(i => !i.IsExpected),
        inputs.Count(i => i.IsModelError),
        skipped);

    /// <summary>What is said about it to people.</summary>
    public string Line()
    {
        var errors = ModelErrors > 0 ? $", {ModelErrors} errors of the model" : "";
        var left = Skipped > 0 ? $", {Skipped} skipped" : "";
        return $"{Inputs} input{(Inputs == 1 ? "" : "s")}: {Inputs - Violations - ModelErrors} clean, {Violations} violate{errors}; "
            + $"{Unexpected} unexpected{left}";
    }

    /// <summary>What is said about it to programs.</summary>
    public JsonObject Describe() => new()
    {
        ["inputs"] = Inputs,
        ["clean"] = Inputs - Violations - ModelErrors,
        ["violations"] = Violations,
        ["unexpected"] = Unexpected,
        ["modelErrors"] = ModelErrors,
        ["skipped"] = Skipped,
    };
}
