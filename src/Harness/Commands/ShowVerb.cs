using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands;

/// <summary>show: prints an input as text.</summary>
internal sealed class ShowVerb : Verb
{
    private readonly Argument<string> input = new("INPUT") { Description = "file of bytes, campaign as text (.txt), or key of a finding" };

    /// <summary>What is said about a campaign in JSON.</summary>
    public static JsonObject Describe(Campaign campaign) => new()
    {
        ["operations"] = campaign.Operations.Count,
        ["deviations"] = campaign.Deviations.Count,
        ["faults"] = campaign.Faults.Count,
        ["bytes"] = campaign.Records * RecordCodec.Stride,
        ["text"] = campaign.ToString(),
    };

    private static JsonObject Describe(Campaign campaign, IReadOnlyList<WithoutEffect> idle)
    {
        var json = Describe(campaign);
        json["withoutEffect"] = IdleWriter.JsonOf(idle);
        return json;
    }

    private static IReadOnlyList<WithoutEffect> IdleParts(Campaign campaign, FuzzTarget target)
    {
        var verdict = target.Run(campaign);
        return target.WithoutEffect(campaign, in verdict);
    }

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command(
            "show", "Prints an input as text, one operation a line; what has no effect on the variant is marked with a comment.") { input };
        AddVariantSettings(command);
        AddSetting(command, "--findings", "findings", "DIR", "folder in which the key of a finding is looked up");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var loaded = InputReader.Read(parsed.GetRequiredValue(input), settings.Values.Findings);
        UseVariantOf(loaded, settings, context.Log);
        var idle = IdleParts(loaded.Campaign, context.NewTarget(settings.ResolveVariant()));
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(loaded.Campaign, idle)));
        else context.Results.Write(IdleWriter.Mark(loaded.Campaign, idle));
        return ExitCode.Clean;
    }
}
