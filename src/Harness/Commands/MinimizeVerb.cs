using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands;

/// <summary>minimize: finds the smallest campaign with the same key.</summary>
/// <remarks>OUT has the smallest campaign so far at any moment; minimizing OUT goes on from there.</remarks>
internal sealed class MinimizeVerb : Verb
{
    private readonly Argument<string> input =
        new("INPUT") { Description = "file of bytes, campaign as text (.txt), or key of a finding, which brings its variant along" };

    private readonly Option<string> to = new("--output", "-o")
    {
        HelpName = "OUT",
        Description = "file to write the campaign to: as text if it ends in .txt, otherwise as bytes",
        Required = true,
    };

    private readonly Option<string> executions = new("--executions")
    {
        HelpName = "N",
        Description = "ends after N executions with the smallest campaign so far",
        DefaultValueFactory = _ => new MinimizationOptions().MaxExecutions.ToString(CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("minimize", "Finds the smallest campaign that shows the same finding.") { input, to, executions };
        AddVariantSettings(command);
        AddSetting(command, "--findings", "findings", "DIR", "folder in which the key of a finding is looked up");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var (from, path, most) = (parsed.GetRequiredValue(input), parsed.GetRequiredValue(to), MaxExecutions(parsed));
        var loaded = InputReader.Read(from, settings.Values.Findings);
        UseVariantOf(loaded, settings, context.Log);
        var target = context.NewTarget(settings.ResolveVariant());
        var before = target.Run(loaded.Campaign);
        if (before.Key is not { } key)
            throw new UsageException($"'{from}' shows no violation on {target.Variant} (host {target.Variant.HostText}); "
                + "there is nothing to minimize: is it the variant it was found on?");
        using var stop = new StopSignal();
        stop.ListenToSignals();
        var options = new MinimizationOptions { MaxExecutions = most, ShouldStop = () => stop.IsRequested };
        Write(path, loaded.Campaign);
        var result = new Minimizer(target).Minimize(loaded.Campaign, key, options, progress =>
        {
            Write(path, progress.Campaign);
            context.Log.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{progress.Executions,5} executions, {progress.Pass}: {Describe(progress.Campaign)}"));
        });
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(JsonOf(result, target, path)));
        else Print(context.Results, result, path);
        if (before.IsModelError) context.Log.WriteLine($"ccwfuzz: a bug of the model itself, not a finding: {before.Title}");
        return before.IsModelError ? ExitCode.Internal : ExitCode.Clean;
    }

    private int MaxExecutions(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(executions);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new UsageException($"--executions is '{text}'; expected a number from 1 to {int.MaxValue}");
    }

    private static void Write(string path, Campaign campaign)
    {
        try
        {
            if (Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase))
                AtomicFile.Write(path, CampaignText.Write(campaign));
            else AtomicFile.Write(path, campaign.Encode());
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("write", path, e);
        }
    }

    private static string Describe(Campaign campaign) => $"{campaign.Operations.Count} operations, "
        + $"{campaign.Deviations.Count} deviations, {campaign.Faults.Count} faults";

    private static JsonObject JsonOf(MinimizationResult result, FuzzTarget target, string path)
    {
        var json = new JsonObject
        {
            ["key"] = result.Key,
            ["operationsBefore"] = result.OperationsBefore,
            ["operationsAfter"] = result.OperationsAfter,
            ["deviationsBefore"] = result.DeviationsBefore,
            ["deviationsAfter"] = result.DeviationsAfter,
            ["faultsBefore"] = result.FaultsBefore,
            ["faultsAfter"] = result.FaultsAfter,
            ["executions"] = result.Executions,
            ["minimal"] = result.IsMinimal,
            ["output"] = path,
            ["passes"] = new JsonArray([.. result.Passes.Select(pass => (JsonNode)new JsonObject
            {
                ["pass"] = pass.Pass,
                ["executions"] = pass.Executions,
                ["removed"] = pass.Removed,
            })]),
        };
        return json.AddVariant(target.Variant);
    }

    private static void Print(TextWriter output, MinimizationResult result, string path)
    {
        output.WriteLine($"key         {result.Key}");
        output.WriteLine($"operations  {result.OperationsBefore} -> {result.OperationsAfter}");
        output.WriteLine($"deviations  {result.DeviationsBefore} -> {result.DeviationsAfter}");
        output.WriteLine($"faults      {result.FaultsBefore} -> {result.FaultsAfter}");
        var early = result.IsMinimal ? "" : "; ended early: minimize the result to go on";
        output.WriteLine($"executions  {result.Executions}{early}");
        output.WriteLine($"written to  {path}");
        output.WriteLine();
        output.Write(CampaignText.Write(result.Campaign));
    }
}
