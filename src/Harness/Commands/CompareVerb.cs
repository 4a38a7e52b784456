using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Comparison;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Commands;

/// <summary>compare: which variant survives which finding.</summary>
internal sealed class CompareVerb : Verb
{
    private const long UsualExecutions = 2000;
    private const string UsualVariants = "pre-dma,unpinned,driver-pin,mainline,hardened";

    private readonly Option<string> variants = new("--variants")
    {
        HelpName = "A,B,C",
        Description = $"the columns; hardened-Rnn is hardened without a remedy ({UsualVariants} if not given)",
        DefaultValueFactory = _ => UsualVariants,
    };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        const string Does = "Replays the findings on several variants, fuzzes each, and prints what shows where.";
        var command = new Command("compare", Does) { variants };
        AddSetting(command, "--findings", "findings", "DIR", "folder of the findings whose campaigns are replayed");
        AddSetting(command, "--executions", "executions", "N", $"executions of the engine on each variant; 0 for none ({UsualExecutions})");
        AddSetting(command, "--seed", "seed", "N", "seed of those runs");
        AddSetting(command, "--host", "host", "NAME", "how the host executes instructions, for all of them");
        AddSetting(command, "--host-version", "hostVersion", "NAME", "which QEMU the host models");
        AddSetting(command, "--notify", "notify", "NAME", "who notifies the guest of used buffers");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var (values, findings) = (settings.Values, settings.FindingsToRead());
        var columns = Columns(parsed.GetRequiredValue(variants), settings);
        using var stop = new StopSignal();
        stop.ListenToSignals();
        var plan = new ComparisonPlan(
            columns,
            [.. StoredFinding.Folders(findings).Select(StoredFinding.Open)],
            settings.Seeds(),
            settings.ResolveSeed(),
            settings.LayerOf("executions") > SettingLayer.File ? values.Executions : UsualExecutions);
        var table = new Comparer(plan, context, stop).Run();
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(table)));
        else ComparisonWriter.Print(context.Results, table);
        return table.Failure is null ? ExitCode.Clean : ExitCode.Internal;
    }

    private static List<Variant> Columns(string names, LoadedSettings settings)
    {
        var values = settings.Values;
        var all = new List<Variant>();
        foreach (var name in names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                all.Add(VariantCatalogue.Resolve(name, values.Host, hostVersion: values.HostVersion, notify: values.Notify));
            }
            catch (VariantException e)
            {
                throw new UsageException($"--variants: {e.Message}");
            }
        }
        var twice = all.Select(StackName.Of).CountBy(n => n).FirstOrDefault(n => n.Value > 1).Key;
        if (twice is not null) throw new UsageException($"--variants: '{twice}' is named twice");
        return all.Count > 0 ? all : throw new UsageException($"--variants is empty; for example {UsualVariants}");
    }

    private static JsonObject Describe(ComparisonTable table) => new()
    {
        ["variants"] = JsonOutput.Array(table.Variants.Select(v => v.ToString())),
        ["host"] = table.Variants[0].HostText,
        ["executions"] = table.Executions,
        ["seed"] = table.Seed,
        ["error"] = table.Failure,
        ["rows"] = new JsonArray([.. table.Rows.Select(row => (JsonNode)new JsonObject
        {
            ["key"] = row.Key,
            ["title"] = row.Title,
            ["cells"] = new JsonArray([.. row.Cells.Select((cell, i) => (JsonNode)new JsonObject
            {
                ["variant"] = table.Variants[i].ToString(),
                ["shows"] = cell.Shows,
                ["replayed"] = cell.IsReplayed,
                ["replayShows"] = cell.Replay,
                ["firstExecution"] = cell.FirstExecution,
            })]),
        })]),
    };
}
