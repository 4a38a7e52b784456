using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands;

/// <summary>The runs that need a machine.</summary>
internal sealed partial class LinuxVerb
{
    private async Task<int> RunFuzz(ParseResult parsed, CommandContext context, LoadedSettings settings, CancellationToken stop)
    {
        var values = settings.Values;
        var seed = settings.ResolveSeed();
        // As for fuzz: executions that were asked for where seconds were not mean exactly that many.
        var isCounted = values.Executions > 0 && settings.LayerOf("executions") > settings.LayerOf("seconds");
        var plan = new LinuxFuzzPlan(
            Machine(parsed), isCounted ? 0 : values.Seconds, values.Executions, seed, Times(parsed, 3), parsed.GetValue(minimize));
        var store = new FindingStore(FindingsFolder(settings));
        var model = context.NewTarget(settings.ResolveVariant());
        var result = await new LinuxFuzz(plan, store, model, context.Log).Run(stop).ConfigureAwait(false);
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(result, seed, store)));
        else Print(context.Results, result, store);
        return result.Findings.Any(f => !store.IsKnown(f.Problem.Key)) ? ExitCode.Violation : ExitCode.Clean;
    }

    private static JsonObject Describe(LinuxFuzzResult result, ulong seed, FindingStore store) => new()
    {
        ["executions"] = result.Executions,
        ["seconds"] = result.Seconds,
        ["executionsPerSecond"] = result.Executions / result.Seconds,
        ["plugs"] = result.Plugs,
        ["plugsPerSecond"] = result.Plugs / result.Seconds,
        ["resets"] = result.Guest.Resets,
        ["resetMilliseconds"] = result.Guest.Resets > 0 ? result.Guest.ResetTime.TotalMilliseconds / result.Guest.Resets : 0,
        ["boots"] = result.Guest.Boots,
        ["bootSeconds"] = result.Guest.BootTime.TotalSeconds,
        ["kernel"] = result.Guest.KernelRelease,
        ["qemu"] = result.Guest.QemuVersion,
        ["seed"] = seed,
        ["logShapes"] = result.Shapes,
        ["corpus"] = result.Kept,
        ["findings"] = new JsonArray([.. result.Findings.Select(f => (JsonNode)new JsonObject
        {
            ["key"] = f.Problem.Key,
            ["title"] = f.Problem.Title,
            ["kind"] = f.Problem.Oracle,
            ["new"] = !store.IsKnown(f.Problem.Key),
            ["firstExecution"] = f.FirstExecution,
            ["hits"] = f.Hits,
            ["reliability"] = new JsonObject { ["hits"] = f.Reliability.Hits, ["runs"] = f.Reliability.Runs },
            ["operations"] = f.Campaign.Operations.Count,
            ["model"] = f.Model.Json(),
        })]),
    };

    private static void Print(TextWriter output, LinuxFuzzResult result, FindingStore store)
    {
        var guest = result.Guest;
        output.WriteLine($"{result.Executions} campaigns in {Round(result.Seconds)} s ({Round(result.Executions / result.Seconds)}/s), "
            + $"{result.Plugs} plugs ({Round(result.Plugs / result.Seconds)}/s)");
        output.WriteLine($"guest      {guest.KernelRelease} under QEMU {guest.QemuVersion}; "
            + $"boots in {Round(guest.BootTime.TotalSeconds)} s");
        output.WriteLine($"resets     {guest.Resets} by snapshot, "
            + $"{Round(guest.ResetTime.TotalMilliseconds / Math.Max(1, guest.Resets))} ms each; {guest.Boots} boots");
        output.WriteLine($"feedback   {result.Shapes} shapes of log lines, {result.Kept} campaigns kept");
        output.WriteLine(result.Findings.Count == 0 ? "no findings" : $"{result.Findings.Count} findings in {store.Folder}");
        foreach (var f in result.Findings)
            output.WriteLine($"  {f.Problem.Key}{(store.IsKnown(f.Problem.Key) ? "" : " new")}: {f.Problem.Title}; seen {f.Hits} times, "
                + $"replayed {f.Reliability.Hits} of {f.Reliability.Runs}; model: {f.Model}");
    }

    private async Task<int> RunReplay(
        ParseResult parsed, CommandContext context, LoadedSettings settings, string named, CancellationToken stop)
    {
        var loaded = Load(named, settings);
        var wanted = loaded.Finding is { } finding && finding.Data["backend"] is not null ? finding.Key : null;
        if (loaded.Finding is { } known && wanted is null) UseVariantOf(known, settings);
        var replay = await LinuxReplay.Run(Machine(parsed), loaded.Campaign, Times(parsed, 1), context.Log, stop).ConfigureAwait(false);
        var model = ModelAnswer.Ask(context.NewTarget(settings.ResolveVariant()), loaded.Campaign);
        var notes = loaded.Campaign.Operations
            .Select(o => (Operation: o, Text: RealOperations.Difference(o)))
            .Where(n => n.Text is not null)
            .Select(n => $"{CampaignText.Write(n.Operation)}: {n.Text}")
            .Concat(replay.Outcomes[0].Notes)
            .Distinct()
            .ToList();
        var hits = replay.Hits(wanted);
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(replay, loaded.Campaign, hits, notes, model)));
        else Print(context.Results, replay, hits, notes, model);
        return hits > 0 ? ExitCode.Violation : ExitCode.Clean;
    }

    private static JsonObject Describe(
        LinuxReplay replay, Campaign campaign, int hits, IEnumerable<string> notes, ModelAnswer model) => new()
    {
        ["verdict"] = replay.Problem is null ? "clean" : "violation",
        ["key"] = replay.Problem?.Key,
        ["title"] = replay.Problem?.Title,
        ["kind"] = replay.Problem?.Oracle,
        ["operations"] = campaign.Operations.Count,
        ["kernel"] = replay.Kernel,
        ["qemu"] = replay.Qemu,
        ["reliability"] = new JsonObject { ["hits"] = hits, ["runs"] = replay.Outcomes.Count },
        ["keys"] = JsonOutput.Array(replay.Outcomes.Select(o => o.Problem?.Key ?? "clean")),
        ["notes"] = JsonOutput.Array(notes),
        ["model"] = model.Json(),
        ["evidence"] = JsonOutput.Array(replay.Problem?.Evidence ?? []),
    };

    private static void Print(TextWriter output, LinuxReplay replay, int hits, IEnumerable<string> notes, ModelAnswer model)
    {
        output.WriteLine(replay.Problem is { } problem ? $"violation: {problem.Title}" : "clean");
        if (replay.Problem is not null) output.WriteLine($"key        {replay.Problem.Key}");
        output.WriteLine($"shown      {hits} of {replay.Outcomes.Count}");
        output.WriteLine($"guest      {replay.Kernel} under QEMU {replay.Qemu}");
        output.WriteLine($"model      {model}");
        foreach (var note in notes) output.WriteLine($"note       {note}");
        foreach (var line in replay.Problem?.Evidence ?? []) output.WriteLine($"  {line}");
    }

    private async Task<int> RunMatrix(
        ParseResult parsed, CommandContext context, LoadedSettings settings, string named, CancellationToken stop)
    {
        var campaign = Load(named, settings).Campaign;
        var chosen = parsed.GetValue(kernels)?.Split(',') ?? [.. GuestFiles.Names(GuestFiles.Cache)];
        var rows = new JsonArray();
        var any = false;
        foreach (var kernelName in chosen)
        {
            foreach (var qemuFile in parsed.GetValue(qemus)?.Split(',') ?? [VmSettings.UsualQemu])
            {
                var machine = Machine(parsed, kernelName, qemuFile);
                var replay = await LinuxReplay.Run(machine, campaign, Times(parsed, 1), context.Log, stop).ConfigureAwait(false);
                any |= replay.Problem is not null;
                rows.Add((JsonNode)Describe(replay, campaign, replay.Hits(null), [], ModelAnswer.Ask(
                    context.NewTarget(settings.ResolveVariant()), campaign)));
                if (!parsed.GetValue(Json))
                    context.Results.WriteLine($"{replay.Kernel,-24} QEMU {replay.Qemu,-8} {replay.Hits(null)} of {replay.Outcomes.Count}  "
                        + $"{replay.Problem?.Title ?? "clean"}");
            }
        }
        if (rows.Count == 0) throw new UsageException("there is no kernel to run on; eng/install-guest makes one");
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(new JsonObject { ["rows"] = rows }));
        return any ? ExitCode.Violation : ExitCode.Clean;
    }
}
