using System.Text.Json.Serialization;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Backends;

/// <summary>linux.json of a finding.</summary>
/// <param name="Answers">One for each kernel and QEMU, in their order.</param>
internal sealed record GuestAnswers(IReadOnlyList<GuestAnswer> Answers);

/// <summary>What one real kernel on one QEMU says about a finding.</summary>
internal sealed record GuestAnswer
{
    /// <summary>Release of the kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Version of QEMU.</summary>
    public required string Qemu { get; init; }

    /// <summary>How often it showed.</summary>
    public required Reliability Reliability { get; init; }

    /// <summary>How often each key showed.</summary>
    public required OrderedDictionary<string, int> Shown { get; init; }

    /// <summary>Title of what showed; null if nothing did.</summary>
    public required string? Title { get; init; }

    /// <summary>Lines of logs that show it.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    /// <summary>Where operations happened exactly; null for nowhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Points { get; init; }
}

/// <summary>The records of linux.json, as they are written.</summary>
[JsonSerializable(typeof(GuestAnswers))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class AnswerJson : JsonSerializerContext
{
    /// <summary>Indented, for people.</summary>
    public static AnswerJson Written { get; } = new(JsonOutput.Options(isIndented: true));
}
