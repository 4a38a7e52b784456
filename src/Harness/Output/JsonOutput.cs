using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Output;

/// <summary>Results as JSON: one object, one line.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    /// <summary>One line.</summary>
    public static string Line(JsonObject json) => json.ToJsonString(Compact);

    /// <summary>Many lines, for files that people read.</summary>
    public static string Pretty(JsonObject json) => json.ToJsonString(Indented) + "\n";

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

    /// <summary>The parts of a violation, with its call chains innermost first.</summary>
    public static JsonObject Of(Violation violation) => new()
    {
        ["kind"] = violation.KindName,
        ["message"] = violation.Message,
        ["objectType"] = violation.ObjectType,
        ["state"] = violation.State,
        ["access"] = Chain(violation.Access, violation.AccessContext),
        ["allocation"] = Chain(violation.Allocation, violation.AllocationContext),
        ["free"] = Chain(violation.Free, violation.FreeContext),
    };

    private static JsonObject? Chain(CallSite? site, string context)
    {
        if (site is null) return null;
        var functions = new JsonArray();
        for (var at = site; at is not null; at = at.Parent) functions.Add((JsonNode)at.Function);
        return new JsonObject { ["context"] = context, ["functions"] = functions };
    }
}
