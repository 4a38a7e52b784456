using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands;

/// <summary>replay: runs one input once and says what happened.</summary>
internal sealed class ReplayVerb : Verb
{
    private readonly Argument<string> input = new("INPUT")
    {
        Description = "file of bytes, campaign as text (.txt), key of a finding or its beginning, which brings its variant along, "
            + "or folder of inputs",
    };

    private readonly Option<bool> trace = new("--trace") { Description = "print everything that happened" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("replay", "Runs one input, or each of a folder, once and prints the verdict.") { input, trace };
        AddVariantSettings(command);
        AddSetting(command, "--findings", "findings", "DIR", "folder in which the key of a finding is looked up");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var named = parsed.GetRequiredValue(input);
        if (FolderReplay.Is(named))
        {
            if (parsed.GetValue(trace)) throw new UsageException($"--trace is of one input, and '{named}' is a folder");
            return new FolderReplay(context, settings, IsVariantGiven(settings)).Run(named, parsed.GetValue(Json));
        }
        var loaded = InputReader.Read(named, settings.Values.Findings);
        UseVariantOf(loaded, settings, context.Log);
        var target = context.NewTarget(settings.ResolveVariant());
        target.World.Trace.On = parsed.GetValue(trace);
        var verdict = target.Run(loaded.Campaign);
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(target, loaded.Campaign, verdict)));
        else Print(context.Results, target, loaded.Campaign, verdict);
        if (verdict.IsModelError) context.Log.WriteLine($"ccwfuzz: a bug of the model itself, not a finding: {verdict.Title}");
        return verdict.IsClean ? ExitCode.Clean : verdict.IsModelError ? ExitCode.Internal : ExitCode.Violation;
    }

    private static JsonObject Describe(FuzzTarget target, Campaign campaign, in Verdict verdict)
    {
        var json = new JsonObject
        {
            ["verdict"] = verdict.IsClean ? "clean" : "violation",
            ["key"] = verdict.Key,
            ["title"] = verdict.Title,
            ["kind"] = verdict.Violation?.KindName,
            ["operations"] = verdict.Operations,
            ["deviations"] = campaign.Deviations.Count,
            ["faults"] = campaign.Faults.Count,
            ["steps"] = verdict.Steps,
            ["decisions"] = verdict.Decisions,
        };
        json.AddVariant(target.Variant);
        json["withoutEffect"] = IdleWriter.JsonOf(target.WithoutEffect(campaign, in verdict));
        var violation = verdict.Violation is { } shown ? ViolationRecord.Of(shown) : null;
        json["violation"] = JsonOutput.Node(violation, AnyJson.Written.ViolationRecord);
        if (!target.World.Trace.On) return json;
        json["trace"] = new JsonArray([.. target.World.Trace.Lines.Select(line => (JsonNode)new JsonObject
        {
            ["step"] = line.Step,
            ["context"] = line.Context,
            ["kind"] = line.Kind.ToString().ToLowerInvariant(),
            ["text"] = line.Text,
        })]);
        return json;
    }

    private static void Print(TextWriter output, FuzzTarget target, Campaign campaign, in Verdict verdict)
    {
        if (target.World.Trace.On)
        {
            TraceWriter.Write(output, target.World.Trace.Lines);
            output.WriteLine();
        }
        output.WriteLine(verdict.IsClean ? "clean" : $"violation: {verdict.Title}");
        if (verdict.Violation is { } violation)
        {
            output.WriteLine($"key        {verdict.Key}");
            ViolationWriter.Write(output, violation);
        }
        output.WriteLine($"variant    {target.Variant} on host {target.Variant.HostText}");
        output.WriteLine($"campaign   {verdict.Operations} operations, {campaign.Deviations.Count} deviations, "
            + $"{campaign.Faults.Count} faults; {verdict.Steps} steps, {verdict.Decisions} decisions");
        IdleWriter.Write(output, target.WithoutEffect(campaign, in verdict));
    }
}
