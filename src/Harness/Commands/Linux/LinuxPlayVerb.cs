using System.CommandLine;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>A verb of linux that plays a campaign which is named.</summary>
internal abstract class LinuxPlayVerb : MachineVerb
{
    private readonly Option<double?> pace = new("--pace")
    {
        HelpName = "MICROSECONDS",
        Description = "what a scheduling point becomes (1; for a finding of the model, runs try from 1 to 1000)",
    };

    private readonly Option<string[]> at = new("--at")
    {
        HelpName = ExactPoint.Form,
        Description = "an operation of the host happens exactly where the kernel is in that function, and not after some "
            + "time; hold: the CPU that is there then waits while others go on; kept with the finding",
    };

    private readonly Option<bool> exact = new("--exact")
    {
        Description = "operations of the host happen in the function that the model's kernel is in then; runs take turns "
            + "with its beginning and its return, and with those of its callers",
    };

    private readonly Option<bool> keep = new("--keep")
    {
        Description = "keep the answer in the finding, as linux.json, and in one of a real guest its campaign, how often "
            + "it shows and what the model says; what another input shows becomes a finding",
    };

    /// <summary>What is played.</summary>
    protected Argument<string> Input { get; } =
        new("INPUT") { Description = "file of bytes, campaign as text, or key of a finding, real or of the model" };

    /// <summary>What it is played on, how often and how patiently.</summary>
    protected MachineOptions Machines { get; } = new(1, "how often the campaign is played");

    /// <summary>Adds the options that say how it is played.</summary>
    protected void AddPlaying(Command command)
    {
        Machines.AddTo(command);
        foreach (var option in (Option[])[pace, at, exact, keep]) command.Add(option);
        AddFindings(command);
        AddVariantSettings(command);
    }

    /// <summary>Reads what is played: a real finding has its key, too.</summary>
    protected LoadedInput Load(ParseResult parsed, LoadedSettings settings)
    {
        var named = parsed.GetRequiredValue(Input);
        var isOfModel = Path.Exists(named) || StoredFinding.Find(settings.Values.Findings, named) is not null;
        var folder = FindingsFolder(settings);
        var real = isOfModel ? StoredFinding.Find(folder, named) : StoredFinding.Named(folder, named);
        return InputReader.Read(real?.Folder ?? named, settings.Values.Findings);
    }

    /// <summary>Where operations happen exactly: what is asked for, otherwise what the finding says.</summary>
    protected List<ExactPoint> Points(ParseResult parsed, LoadedInput loaded)
    {
        try
        {
            var points = parsed.GetValue(at)?.Select(ExactPoint.Parse).ToList() ?? [];
            if (points.Count == 0 && loaded.Finding is { IsReal: true } real) points = [.. RealFinding.PointsOf(real)];
            foreach (var point in points)
            {
                if (points.Count(p => p.Operation == point.Operation) > 1)
                    throw new UsageException($"--at {point}: operation {point.Operation} has another point already");
                if (point.Hold > 0 && Machines.Cpus(parsed) is < MachineOptions.CpusToHold)
                    throw new UsageException($"--at {point}: a CPU can be held if there are others (--cpus {MachineOptions.CpusToHold})");
                if (point.Operation > loaded.Campaign.Operations.Count)
                    throw new UsageException($"--at {point}: the campaign has {loaded.Campaign.Operations.Count} operations");
                var operation = loaded.Campaign.Operations[point.Operation - 1];
                if (!RealOperations.IsOfHost(operation))
                    throw new UsageException($"--at {point}: '{CampaignText.Write(operation)}' is nothing that the host does, and the "
                        + "guest has stopped then (plug, unplug, config-change and port are)");
            }
            return points;
        }
        catch (FormatException e)
        {
            throw new UsageException($"--at {e.Message}");
        }
    }

    /// <summary>Plays an input, and keeps the answer in the finding if that is wanted.</summary>
    protected async Task<LinuxReplay> Play(
        ParseResult parsed, CommandContext context, LoadedSettings settings, LoadedInput input, IReadOnlyList<ExactPoint> points,
        string? kernel, string? qemu, CancellationToken stop, bool replacesLonger = false)
    {
        var number = Machines.Times(parsed);
        var isOfModel = input.Finding is { IsReal: false };
        var paces = parsed.GetValue(pace) is { } fixedPace
            ? [.. Enumerable.Repeat(Valid(fixedPace), number)]
            : isOfModel ? LinuxReplay.Sweep(number) : [.. Enumerable.Repeat(1.0, number)];
        var sought = RealAnswer.Sought(input.Finding);
        var exactly = parsed.GetValue(exact) ? Exactly(parsed, context, settings, input, points) : null;
        var machine = Machines.Machine(parsed, kernel, qemu, points);
        var replay = await LinuxReplay.Run(machine, input.Campaign, paces, sought, context.Log, stop, Machines.Vms(parsed), points, exactly)
            .ConfigureAwait(false);
        if (parsed.GetValue(keep))
        {
            var keeper = new AnswerKeeper(new FindingStore(FindingsFolder(settings)), settings.ResolveVariant(), context);
            if (replacesLonger || keeper.IsAtLeastAsLong(input, replay))
                keeper.Keep(input, replay, paces[0], exactly is null ? points : null);
        }
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

    private static double Valid(double microseconds) => microseconds is > 0 and <= 1_000_000
        ? microseconds
        : throw new UsageException("--pace: expected microseconds above 0, at most 1000000");
}
