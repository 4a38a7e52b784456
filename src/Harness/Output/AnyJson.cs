using System.Text.Json;
using System.Text.Json.Serialization;

namespace CcwFuzz.Harness.Output;

/// <summary>Any JSON, before it is known which record it is; and the records of this folder.</summary>
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(ViolationRecord))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class AnyJson : JsonSerializerContext
{
    /// <summary>As all results are written.</summary>
    public static AnyJson Written { get; } = new(JsonOutput.Options(isIndented: false));
}
