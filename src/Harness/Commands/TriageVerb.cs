using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Triage;

namespace CcwFuzz.Harness.Commands;

/// <summary>triage: turns raw inputs into findings, and checks those that are filed.</summary>
internal sealed class TriageVerb : Verb
{
    private readonly Option<string[]> raw = new("--raw")
    {
        HelpName = "DIR",
        Description = "folder of raw inputs: files, findings of 'fuzz', or an output folder of afl-fuzz; can be given several times",
    };

    private readonly Option<string[]> accept = new("--accept")
    {
        HelpName = "KEY",
        Description = "accepts what a finding does now as its verified report; can be given several times",
    };

    private readonly Option<bool> acceptAll = new("--accept-all")
    {
        Description = "accepts what every filed finding does now; for a change of the model whose differences were read",
    };

    private readonly Option<string> regression = new("--regression")
    {
        HelpName = "DIR",
        Description = "folder that minimized reproducers join; corpus/regression if the findings are the project's own",
    };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("triage", "Minimizes, explains and files raw findings, and checks those that are filed.")
        {
            raw, accept, acceptAll, regression,
        };
        AddVariantSettings(command);
        AddSetting(command, "--findings", "findings", "DIR", "folder of the findings");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var keys = parsed.GetValue(accept) ?? [];
        if (parsed.GetValue(acceptAll) && keys.Length > 0)
            throw new UsageException("--accept-all accepts every finding; leave --accept away, or name the findings one by one");
        var hasRaw = parsed.GetValue(raw) is { Length: > 0 };
        if (hasRaw && (parsed.GetValue(acceptAll) || keys.Length > 0))
            throw new UsageException("--raw files inputs, and --accept and --accept-all accept what is filed; do one after the other");
        var plan = new TriagePlan
        {
            Findings = hasRaw ? settings.FindingsToWrite() : settings.FindingsToRead(),
            Regression = parsed.GetValue(regression) is { } named ? Folders.Creatable("--regression: ", named) : OwnRegression(settings),
            NewTarget = context.NewTarget,
            NewSizedTarget = context.NewSizedTarget,
        };
        _ = new FindingStore(plan.Findings); // it can be written to, and has no leftovers
        using var held = FolderLock.ForLong(plan.Findings, "run 'triage'");
        var triager = new Triager(plan, context.Log);
        TriageResult result;
        try
        {
            if (parsed.GetValue(acceptAll)) result = triager.AcceptAll();
            else if (keys.Length > 0) result = triager.Accept(keys);
            else
            {
                var inputs = Collect(parsed, settings, context.Log);
                result = triager.Run(inputs.All);
                result.Missing.AddRange(inputs.Missing);
            }
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("write findings to", plan.Findings, e);
        }
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(result)));
        else Print(context.Results, result, Hint.Findings(plan.Findings, settings.Root));
        foreach (var (key, problem) in result.Missing) context.Log.WriteLine($"ccwfuzz: {Visible.Line(key)}: input missing: {problem}");
        foreach (var failure in result.Failures) context.Log.WriteLine($"ccwfuzz: a bug of the model itself, not a finding: {failure}");
        return result.Exit;
    }

    private RawInputs Collect(ParseResult parsed, LoadedSettings settings, TextWriter log)
    {
        var inputs = new RawInputs(settings.ResolveVariant(), log);
        inputs.AddFindings(settings.Values.Findings);
        foreach (var folder in parsed.GetValue(raw) ?? []) inputs.AddFolder(folder);
        return inputs;
    }

    private static string? OwnRegression(LoadedSettings settings) =>
        Path.GetFullPath(settings.Values.Findings) == Path.Combine(settings.Root, "findings")
            ? Path.Combine(settings.Root, "corpus", "regression")
            : null;

    private static JsonObject Describe(TriageResult result) => new()
    {
        ["raw"] = result.Raw,
        ["filed"] = result.Filed.Count,
        ["known"] = result.Known,
        ["clean"] = JsonOutput.Array(result.Clean),
        ["moved"] = new JsonArray([.. result.Moved.Select(m => (JsonNode)new JsonObject { ["name"] = m.Name, ["key"] = m.Key })]),
        ["changed"] = new JsonArray([.. result.Changed.Select(c =>
            (JsonNode)new JsonObject { ["key"] = c.Key, ["difference"] = c.Difference })]),
        ["regressions"] = JsonOutput.Array(result.Regressions.Keys),
        ["missing"] = JsonOutput.Array(result.Missing.Select(m => m.Key)),
        ["met"] = new JsonArray([.. result.Met.Select(m => (JsonNode)new JsonObject { ["key"] = m.Key, ["on"] = m.Stack })]),
        ["findings"] = new JsonArray([.. result.Findings.Select(f => (JsonNode)Describe(f, result))]),
    };

    private static JsonObject Describe(StoredFinding finding, TriageResult result) => new()
    {
        ["key"] = finding.Key,
        ["title"] = finding.Title,
        ["kind"] = finding.Kind,
        ["status"] = finding.Status,
        ["new"] = result.Filed.Contains(finding.Key),
        ["group"] = finding.Group,
        ["variant"] = finding.Variant,
        ["variants"] = JsonOutput.Array(finding.Variants),
        ["needs"] = JsonOutput.Array(finding.Needs),
        ["operations"] = finding.Operations,
        ["deviations"] = finding.Deviations,
        ["faults"] = finding.Faults,
        ["minimization"] = JsonOutput.Node(finding.Triaged?.Minimization, FindingJson.Written.MinimizationCounts),
        ["folder"] = finding.Folder,
    };

    private static void Print(TextWriter output, TriageResult result, IEnumerable<string> findings)
    {
        foreach (var key in result.Filed) output.WriteLine($"filed       {key}");
        foreach (var (key, before) in result.Regressions) output.WriteLine($"regression  {key} {before} and is back");
        foreach (var (key, stack) in result.Met) output.WriteLine($"also on     {stack}: {key}; its record says so now");
        foreach (var (key, _) in result.Missing) output.WriteLine($"input missing  {Visible.Line(key)}");
        foreach (var name in result.Clean) output.WriteLine($"clean       {Visible.Line(name)}");
        foreach (var (name, key) in result.Moved) output.WriteLine($"moved       {Visible.Line(name)} now shows {key}");
        foreach (var (key, difference) in result.Changed)
        {
            output.WriteLine($"changed     {key}; accept it with: {Hint.Command(["triage", "--accept", key, .. findings])}");
            output.WriteLine("  " + difference.TrimEnd().ReplaceLineEndings("\n  "));
        }
        output.WriteLine($"{result.Raw} raw inputs: {result.Filed.Count} findings filed, {result.Known} inputs of known ones, "
            + $"{result.Clean.Count} clean; {result.Findings.Count} findings, {result.Changed.Count} changed");
    }
}
