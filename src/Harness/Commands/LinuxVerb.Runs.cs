using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
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
            Machine(parsed), Vms(parsed), isCounted ? 0 : values.Seconds, values.Executions, seed, Times(parsed, 3),
            parsed.GetValue(minimize));
        var store = new FindingStore(FindingsFolder(settings));
        var model = new AskedModel(context.NewTarget(settings.ResolveVariant()));
        LinuxFuzzResult result;
        try
        {
            result = await new LinuxFuzz(plan, store, model, context.Log, vm => new Guest(vm)).Run(stop).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw UsageException.ForFile("write a finding to", store.Folder, e);
        }
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
        ["vms"] = result.Guests.Count,
        ["resets"] = result.Resets,
        ["resetsPerSecond"] = result.Resets / result.Seconds,
        ["resetMilliseconds"] = result.ResetMilliseconds,
        ["boots"] = result.Guests.Sum(g => g.Boots),
        ["bootSeconds"] = result.Guests[0].BootTime.TotalSeconds,
        ["kernel"] = result.Guests[0].KernelRelease,
        ["qemu"] = result.Guests[0].QemuVersion,
        ["seed"] = seed,
        ["logShapes"] = result.Campaigns.Feedback.Shapes,
        ["traceSequences"] = result.Campaigns.Feedback.Sequences,
        ["endStates"] = result.Campaigns.Feedback.States,
        ["kcovPlaces"] = result.Campaigns.Feedback.Places,
        ["corpus"] = result.Campaigns.Kept,
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
        var guest = result.Guests[0];
        var feedback = result.Campaigns.Feedback;
        output.WriteLine($"{result.Executions} campaigns in {Round(result.Seconds)} s ({Round(result.Executions / result.Seconds)}/s), "
            + $"{result.Plugs} plugs ({Round(result.Plugs / result.Seconds)}/s)");
        output.WriteLine($"guest      {guest.KernelRelease} under QEMU {guest.QemuVersion}; "
            + $"boots in {Round(guest.BootTime.TotalSeconds)} s");
        output.WriteLine($"machines   {result.Guests.Count}: {result.Resets} resets by snapshot, "
            + $"{Round(result.ResetMilliseconds)} ms each; {result.Guests.Sum(g => g.Boots)} boots");
        output.WriteLine($"feedback   {feedback.Shapes} shapes of log lines, {feedback.Sequences} sequences of QEMU's events, "
            + $"{feedback.States} end states, {feedback.Places} places; {result.Campaigns.Kept} campaigns kept");
        output.WriteLine(result.Findings.Count == 0 ? "no findings" : $"{result.Findings.Count} findings in {store.Folder}");
        foreach (var f in result.Findings)
            output.WriteLine($"  {f.Problem.Key}{(store.IsKnown(f.Problem.Key) ? "" : " new")}: {f.Problem.Title}; seen {f.Hits} times, "
                + $"replayed {f.Reliability.Hits} of {f.Reliability.Runs}; model: {f.Model}");
    }

    private async Task<int> RunReplay(
        ParseResult parsed, CommandContext context, LoadedSettings settings, string named, CancellationToken stop)
    {
        var loaded = Load(named, settings);
        if (loaded.Finding is { } known && !IsReal(known)) UseVariantOf(known, settings);
        IReadOnlyList<ExactPoint> points = Points(parsed, loaded);
        if (parsed.GetValue(minimize))
        {
            var shorter = await Minimized(parsed, loaded, points, context.Log, stop).ConfigureAwait(false);
            (loaded, points) = (loaded with { Campaign = shorter.Campaign }, shorter.Points);
        }
        var replay = await Play(parsed, context, settings, loaded, points, stop).ConfigureAwait(false);
        var asked = new AskedModel(context.NewTarget(settings.ResolveVariant()));
        var model = replay.Problem is { } shown
            ? ModelAnswer.Ask(asked, loaded.Campaign, shown)
            : ModelAnswer.Ask(asked, loaded.Campaign);
        var notes = loaded.Campaign.Operations
            .Select(o => (Operation: o, Text: RealOperations.Difference(o)))
            .Where(n => n.Text is not null)
            .Select(n => $"{CampaignText.Write(n.Operation)}: {n.Text}")
            .Concat(replay.Outcomes[0].Notes)
            .Distinct()
            .ToList();
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(replay, loaded.Campaign, notes, model)));
        else Print(context.Results, replay, notes, model);
        return replay.Hits > 0 ? ExitCode.Violation : ExitCode.Clean;
    }

    private async Task<RealCampaign> Minimized(
        ParseResult parsed, LoadedInput input, IReadOnlyList<ExactPoint> points, TextWriter log, CancellationToken stop)
    {
        if (!IsReal(input.Finding)) throw new UsageException("--minimize: expected the key of a finding of a real guest");
        var guests = Enumerable.Range(0, Vms(parsed)).Select(_ => new Guest(Machine(parsed, points))).ToList();
        try
        {
            return await new RealMinimizer(new GuestPool(guests, log), input.Finding.Key, log)
                .Minimize(new RealCampaign(input.Campaign, points), stop).ConfigureAwait(false);
        }
        finally
        {
            foreach (var guest in guests) await guest.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static bool IsReal([NotNullWhen(true)] StoredFinding? finding) => finding?.Data["backend"] is not null;

    /// <summary>Plays an input, and keeps the answer in the finding if that is wanted.</summary>
    private async Task<LinuxReplay> Play(
        ParseResult parsed, CommandContext context, LoadedSettings settings, LoadedInput input, IReadOnlyList<ExactPoint> points,
        CancellationToken stop, string? kernelName = null, string? qemuFile = null)
    {
        var number = Times(parsed, 1);
        var isOfModel = input.Finding is { } finding && !IsReal(finding);
        var paces = parsed.GetValue(pace) is { } fixedPace
            ? [.. Enumerable.Repeat(Pace(fixedPace), number)]
            : isOfModel ? LinuxReplay.Sweep(number) : [.. Enumerable.Repeat(1.0, number)];
        var sought = RealAnswer.Sought(input.Finding);
        var exactly = parsed.GetValue(exact) ? Exactly(parsed, context, settings, input, points) : null;
        var machine = Machine(parsed, points, kernelName, qemuFile);
        var replay = await LinuxReplay.Run(machine, input.Campaign, paces, sought, context.Log, stop, Vms(parsed), points, exactly)
            .ConfigureAwait(false);
        if (parsed.GetValue(keep) && (parsed.GetValue(minimize) || IsAtLeastAsLong(input, replay, context.Log)))
            Keep(input, replay, paces[0], exactly is null ? points : null, context, settings);
        return replay;
    }

    private ModelPoints Exactly(
        ParseResult parsed, CommandContext context, LoadedSettings settings, LoadedInput input, IReadOnlyList<ExactPoint> points)
    {
        if (points.Count > 0) throw new UsageException("--exact: the points are given already (--at, or those of a real finding)");
        if (parsed.GetValue(pace) is not null) throw new UsageException("--exact and --pace exclude each other");
        var found = new ModelPoints(context.NewTarget(settings.ResolveVariant()), input.Campaign);
        return found.Exist
            ? found
            : throw new UsageException("--exact: no operation of the host (plug, unplug, config-change, port) starts while the model's "
                + "kernel is busy: 'run=0' waits until it is not");
    }

    /// <summary>An answer of more runs of the same campaign on the same guest says more, and stays.</summary>
    private static bool IsAtLeastAsLong(LoadedInput input, LinuxReplay replay, TextWriter log)
    {
        if (input.Finding is not { } finding) return true;
        var earlier = RealAnswer.Runs(finding.Folder, replay);
        if (earlier <= replay.Outcomes.Count) return true;
        log.WriteLine($"not kept: {RealAnswer.FileName} has an answer of {earlier} runs from this kernel and QEMU, this one has "
            + $"{replay.Outcomes.Count} (--times {earlier} replaces it)");
        return false;
    }

    /// <summary>Keeps an answer: in the finding that was played, otherwise as a finding of its own.</summary>
    /// <remarks>Points that are not given are those of the first run that showed it.</remarks>
    private static void Keep(
        LoadedInput input, LinuxReplay replay, double pace, IReadOnlyList<ExactPoint>? given, CommandContext context,
        LoadedSettings settings)
    {
        var store = new FindingStore(FindingsFolder(settings));
        var folder = input.Finding?.Folder ?? (replay.Problem is { } problem ? store.PathOf(problem.Key) : null);
        if (folder is null) return;
        // A file that shows what is a finding already is another campaign of that finding.
        var stored = input.Finding ?? (replay.Problem is { } shown ? StoredFinding.Find(store.Folder, shown.Key) : null);
        var counted = input.Finding is null ? replay.For(replay.Problem!.Key) : replay;
        var points = given ?? counted.Points;
        try
        {
            var asked = new AskedModel(context.NewTarget(settings.ResolveVariant()));
            if (stored is null)
            {
                var finding = RealFinding.Of(replay, new RealCampaign(Paced(input.Campaign, pace), points), asked);
                store.Replace(finding.Problem.Key, finding.Files(seed: 0));
            }
            else if (IsReal(stored))
            {
                var campaign = input.Finding is null ? Paced(input.Campaign, pace) : input.Campaign;
                var again = RealFinding.Again(stored, counted, new RealCampaign(campaign, points), asked);
                foreach (var (name, content) in again.Files(stored.Data["seed"]!.GetValue<ulong>()))
                    AtomicFile.Write(Path.Combine(folder, name), content);
            }
            RealAnswer.Keep(folder, counted, counted.Hits, points);
        }
        catch (IOException e)
        {
            throw UsageException.ForFile("write", folder, e);
        }
    }

    /// <summary>The campaign with microseconds in the place of points of that many microseconds.</summary>
    private static Campaign Paced(Campaign campaign, double pace) => new([.. campaign.Operations.Select(o =>
        o.WaitsUntilQuiet ? o : o with { Run = (ushort)Math.Clamp(1 + (o.Points * pace), 1, ushort.MaxValue) })]);

    private static JsonObject Describe(
        LinuxReplay replay, Campaign campaign, IEnumerable<string> notes, ModelAnswer model) => new()
    {
        ["verdict"] = replay.Problem is null ? "clean" : "violation",
        ["key"] = replay.Problem?.Key,
        ["title"] = replay.Problem?.Title,
        ["kind"] = replay.Problem?.Oracle,
        ["operations"] = campaign.Operations.Count,
        ["kernel"] = replay.Kernel,
        ["qemu"] = replay.Qemu,
        ["reliability"] = new JsonObject { ["hits"] = replay.Hits, ["runs"] = replay.Outcomes.Count },
        ["keys"] = JsonOutput.Array(replay.Outcomes.Select(o => o.Problem?.Key ?? "clean")),
        ["shown"] = replay.Shown(),
        ["notes"] = JsonOutput.Array(notes),
        ["model"] = model.Json(),
        ["evidence"] = JsonOutput.Array(replay.Problem?.Evidence ?? []),
    };

    private static void Print(TextWriter output, LinuxReplay replay, IEnumerable<string> notes, ModelAnswer model)
    {
        output.WriteLine(replay.Problem is { } problem ? $"violation: {problem.Title}" : "clean");
        if (replay.Problem is not null) output.WriteLine($"key        {replay.Problem.Key}");
        output.WriteLine($"shown      {replay.Hits} of {replay.Outcomes.Count}");
        if (replay.Outcomes.Count > 1)
            foreach (var (key, count) in replay.Shown()) output.WriteLine($"           {count,3} {key}");
        output.WriteLine($"guest      {replay.Kernel} under QEMU {replay.Qemu}");
        output.WriteLine($"model      {model}");
        foreach (var note in notes) output.WriteLine($"note       {note}");
        foreach (var line in replay.Problem?.Evidence ?? []) output.WriteLine($"  {line}");
    }

    private async Task<int> RunMatrix(
        ParseResult parsed, CommandContext context, LoadedSettings settings, string named, CancellationToken stop)
    {
        var loaded = Load(named, settings);
        var points = Points(parsed, loaded);
        var chosen = parsed.GetValue(kernels)?.Split(',') ?? [.. GuestFiles.Names(GuestFiles.Cache)];
        var model = ModelAnswer.Ask(new AskedModel(context.NewTarget(settings.ResolveVariant())), loaded.Campaign);
        var rows = new JsonArray();
        var any = false;
        foreach (var kernelName in chosen)
        {
            foreach (var qemuFile in parsed.GetValue(qemus)?.Split(',') ?? [VmSettings.UsualQemu])
            {
                var replay = await Play(parsed, context, settings, loaded, points, stop, kernelName, qemuFile).ConfigureAwait(false);
                any |= replay.Hits > 0;
                rows.Add((JsonNode)Describe(replay, loaded.Campaign, [], model));
                if (!parsed.GetValue(Json))
                    context.Results.WriteLine($"{replay.Kernel,-24} QEMU {replay.Qemu,-8} {replay.Hits} of {replay.Outcomes.Count}  "
                        + $"{replay.Problem?.Title ?? "clean"}");
            }
        }
        if (rows.Count == 0) throw new UsageException("there is no kernel to run on; eng/install-guest makes one");
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(new JsonObject { ["rows"] = rows }));
        return any ? ExitCode.Violation : ExitCode.Clean;
    }
}
