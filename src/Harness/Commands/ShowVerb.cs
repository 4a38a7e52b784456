using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
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

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("show", "Prints an input as text, one operation a line.") { input };
        AddSetting(command, "--findings", "findings", "DIR", "folder in which the key of a finding is looked up");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var campaign = InputReader.Read(parsed.GetRequiredValue(input), settings.Values.Findings).Campaign;
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(campaign)));
        else context.Results.Write(campaign.ToString());
        return ExitCode.Clean;
    }
}
