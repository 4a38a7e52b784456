using System.CommandLine;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>linux replay: plays one campaign on one kernel.</summary>
internal sealed class LinuxReplayVerb : LinuxPlayVerb
{
    private readonly Option<string> kernel = MachineOptions.NewKernel();
    private readonly Option<string> qemu = MachineOptions.NewQemu();
    private readonly Option<bool> minimize = new("--minimize") { Description = "make the campaign of a real finding shorter first" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("replay", "Plays one campaign on a real kernel.") { Input, kernel, qemu, minimize };
        AddPlaying(command);
        return command;
    }

    /// <inheritdoc/>
    protected override async Task<int> Run(
        ParseResult parsed, CommandContext context, LoadedSettings settings, CancellationToken stop)
    {
        var loaded = Load(parsed, settings);
        UseVariantOf(loaded, settings, context.Log);
        IReadOnlyList<ExactPoint> points = Points(parsed, loaded);
        if (parsed.GetValue(minimize))
        {
            var shorter = await Minimized(parsed, loaded, points, context.Log, stop).ConfigureAwait(false);
            (loaded, points) = (loaded with { Campaign = shorter.Campaign }, shorter.Points);
        }
        var replay = await Play(
            parsed, context, settings, loaded, points, parsed.GetValue(kernel), parsed.GetValue(qemu), stop, parsed.GetValue(minimize))
            .ConfigureAwait(false);
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
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(ReplaySummary.Json(replay, loaded.Campaign, notes, model)));
        else ReplaySummary.Print(context.Results, replay, notes, model);
        return replay.Hits > 0 ? ExitCode.Violation : ExitCode.Clean;
    }

    private async Task<RealCampaign> Minimized(
        ParseResult parsed, LoadedInput input, IReadOnlyList<ExactPoint> points, TextWriter log, CancellationToken stop)
    {
        if (input.Finding is not { IsReal: true } finding)
            throw new UsageException("--minimize: expected the key of a finding of a real guest");
        var settings = Machines.Machine(parsed, parsed.GetValue(kernel), parsed.GetValue(qemu), points);
        var guests = Enumerable.Range(0, Machines.Vms(parsed)).Select(_ => new Guest(settings)).ToList();
        try
        {
            return await new RealMinimizer(new GuestPool(guests, log), finding.Key, log)
                .Minimize(new RealCampaign(input.Campaign, points), stop).ConfigureAwait(false);
        }
        finally
        {
            foreach (var guest in guests) await guest.DisposeAsync().ConfigureAwait(false);
        }
    }
}
