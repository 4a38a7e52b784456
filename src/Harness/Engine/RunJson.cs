using System.Text.Json.Serialization;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Engine;

/// <summary>The records of a run: what it prints, and the numbers that it keeps beside the corpus.</summary>
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(RunTotals))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class RunJson : JsonSerializerContext
{
    /// <summary>In one line.</summary>
    public static RunJson Written { get; } = new(JsonOutput.Options(isIndented: false));
}
