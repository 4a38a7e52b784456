using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Output;

/// <summary>Results as JSON: one object, one line.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Compact = Options(isIndented: false);

    /// <summary>How records are written and read, wherever they are: camelCase, readable, and nothing missing.</summary>
    public static JsonSerializerOptions Options(bool isIndented) => new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = isIndented,
    };

    /// <summary>One line.</summary>
    public static string Line(JsonObject json) => json.ToJsonString(Compact);

    /// <summary>A record in one line.</summary>
    /// <param name="record">The record.</param>
    /// <param name="type">Its type in a context that is not indented.</param>
    public static string Line<T>(T record, JsonTypeInfo<T> type) => JsonSerializer.Serialize(record, type);

    /// <summary>A record in many lines, for files that people read.</summary>
    /// <param name="record">The record.</param>
    /// <param name="type">Its type in a context that is indented.</param>
    public static string Pretty<T>(T record, JsonTypeInfo<T> type) => JsonSerializer.Serialize(record, type) + "\n";

    /// <summary>A record as a part of a result; null without one.</summary>
    public static JsonNode? Node<T>(T? record, JsonTypeInfo<T> type)
        where T : class => record is null ? null : JsonSerializer.SerializeToNode(record, type);

    /// <summary>A list of texts.</summary>
    public static JsonArray Array(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode)t)];

    /// <summary>Adds the names of a variant.</summary>
    public static JsonObject AddVariant(this JsonObject json, Variant variant)
    {
        json["variant"] = variant.Name;
        json["host"] = variant.HostName;
        json["hostVersion"] = variant.HostVersionName;
        json["notify"] = variant.NotifyName;
        json["defects"] = Array(variant.DefectIds);
        json["remedies"] = Array(variant.RemedyIds);
        return json;
    }
}
