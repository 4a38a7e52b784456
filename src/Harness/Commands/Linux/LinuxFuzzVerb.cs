using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>linux fuzz: plays campaigns until time is up.</summary>
internal sealed class LinuxFuzzVerb : MachineVerb
{
    private readonly MachineOptions machine = new(3, "how often the campaign of a new finding is played again");
    private readonly Option<string> kernel = MachineOptions.NewKernel();
    private readonly Option<string> qemu = MachineOptions.NewQemu();
    private readonly Option<bool> minimize = new("--minimize") { Description = "make the campaigns of new findings shorter" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("fuzz", "Plays campaigns until time is up.") { kernel, qemu };
        machine.AddTo(command);
        command.Add(minimize);
        AddSetting(command, "--seconds", "seconds", "N", "ends after N seconds; 0: no limit");
        AddSetting(command, "--executions", "executions", "N", "ends after N campaigns; without --seconds there is no other limit");
        AddSetting(command, "--seed", "seed", "N", "where all choices come from; 'random' draws one");
        AddFindings(command);
        AddVariantSettings(command);
        return command;
    }

    /// <inheritdoc/>
    protected override async Task<int> Run(ParseResult parsed, CommandContext context, LoadedSettings settings, CancellationToken stop)
    {
        var values = settings.Values;
        var seed = settings.ResolveSeed();
        // As for fuzz: executions that were asked for where seconds were not mean exactly that many.
        var isCounted = values.Executions > 0 && settings.LayerOf("executions") > settings.LayerOf("seconds");
        var plan = new LinuxFuzzPlan(
            machine.Machine(parsed, parsed.GetValue(kernel), parsed.GetValue(qemu)), machine.Vms(parsed),
            isCounted ? 0 : values.Seconds, values.Executions, seed, machine.Times(parsed), parsed.GetValue(minimize));
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
            ["model"] = JsonOutput.Node(f.Model.Record(), FindingJson.Written.ModelRecord),
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
}
