using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Output;

/// <summary>Reads records from files; what is wrong with one is a mistake in one line, with the file and the field.</summary>
internal static partial class JsonFile
{
    /// <summary>Reads the object in a file.</summary>
    /// <exception cref="UsageException">It cannot be read, or has none.</exception>
    public static JsonElement ReadObject(string path)
    {
        try
        {
            var root = JsonSerializer.Deserialize(BoundedFile.ReadText(path), AnyJson.Default.JsonElement);
            return root.ValueKind == JsonValueKind.Object
                ? root
                : throw new UsageException($"cannot read '{path}': it has no object, but {Name(root.ValueKind)}");
        }
        catch (JsonException e)
        {
            throw new UsageException($"cannot read '{path}': it is not valid JSON ({e.Message.ReplaceLineEndings(" ")})");
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read", path, e);
        }
    }

    /// <summary>Reads the record in a file.</summary>
    /// <exception cref="UsageException">It cannot be read, or is another one.</exception>
    public static T Read<T>(string path, JsonTypeInfo<T> type) => Read(ReadObject(path), path, type);

    /// <summary>Reads a record from an object.</summary>
    /// <param name="json">The object.</param>
    /// <param name="path">The file that it is from.</param>
    /// <param name="type">The record.</param>
    /// <exception cref="UsageException">It is another one.</exception>
    public static T Read<T>(JsonElement json, string path, JsonTypeInfo<T> type)
    {
        try
        {
            return json.Deserialize(type)!;
        }
        catch (JsonException e)
        {
            throw new UsageException($"cannot read '{path}': {Problem(e)}");
        }
    }

    private static string Problem(JsonException e)
    {
        var field = (e.Path ?? "$").TrimStart('$').TrimStart('.');
        if (Missing().Match(e.Message) is { Success: true } missing)
            return field.Length == 0 ? $"it has no {missing.Groups[1].Value}" : $"'{field}' has no {missing.Groups[1].Value}";
        var what = NotNull().IsMatch(e.Message) ? "must not be null" : "is not of the expected type";
        return field.Length == 0 ? $"it {what}" : $"'{field}' {what}";
    }

    private static string Name(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => "a single value",
    };

    [GeneratedRegex("missing required properties including: (.+?)\\.")]
    private static partial Regex Missing();

    [GeneratedRegex("null values")]
    private static partial Regex NotNull();
}
