using System.Text.Json.Serialization;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings.Records;

/// <summary>The records about findings, as they are written to files.</summary>
[JsonSerializable(typeof(RawRecord))]
[JsonSerializable(typeof(TriagedRecord))]
[JsonSerializable(typeof(RealRecord))]
[JsonSerializable(typeof(ReproducerRecord))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class FindingJson : JsonSerializerContext
{
    /// <summary>Indented, for people.</summary>
    public static FindingJson Written { get; } = new(JsonOutput.Options(isIndented: true));
}
