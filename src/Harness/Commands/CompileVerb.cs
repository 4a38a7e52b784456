using System.CommandLine;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Commands;

/// <summary>compile: turns a campaign as text into bytes.</summary>
internal sealed class CompileVerb : Verb
{
    private readonly Argument<string> text = new("TEXT") { Description = "campaign as text" };

    private readonly Option<string> to = new("--output", "-o")
    {
        HelpName = "OUT",
        Description = "file to write the bytes to",
        Required = true,
    };

    /// <inheritdoc/>
    protected override Command Describe() => new("compile", "Turns a campaign as text into bytes.") { text, to };

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var (from, path) = (parsed.GetRequiredValue(text), parsed.GetRequiredValue(to));
        var campaign = CampaignFile.ReadText(from);
        try
        {
            AtomicFile.Write(path, campaign.Encode());
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("write", path, e);
        }
        if (parsed.GetValue(Json))
        {
            var json = ShowVerb.Describe(campaign);
            json["output"] = path;
            context.Results.WriteLine(JsonOutput.Line(json));
        }
        else
        {
            context.Results.WriteLine($"{path}: {campaign.Operations.Count} operations, {campaign.Deviations.Count} deviations, "
                + $"{campaign.Faults.Count} faults");
        }
        return ExitCode.Clean;
    }
}
