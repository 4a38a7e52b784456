using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine.Guests;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>linux matrix: plays one campaign on several kernels and QEMUs.</summary>
internal sealed class LinuxMatrixVerb : LinuxPlayVerb
{
    private readonly Option<string> kernels =
        new("--kernels") { HelpName = "A,B", Description = "the kernels; all there are if not given" };
    private readonly Option<string> qemus = new("--qemus") { HelpName = "X,Y", Description = "the QEMUs" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("matrix", "Plays one campaign on several kernels and QEMUs.") { Input, kernels, qemus };
        AddPlaying(command);
        return command;
    }

    /// <inheritdoc/>
    protected override async Task<int> Run(
        ParseResult parsed, CommandContext context, LoadedSettings settings, CancellationToken stop)
    {
        var loaded = Load(parsed, settings);
        var points = Points(parsed, loaded);
        var chosen = parsed.GetValue(kernels)?.Split(',') ?? [.. GuestFiles.Names(GuestFiles.Cache)];
        var model = ModelAnswer.Ask(new AskedModel(context.NewTarget(settings.ResolveVariant())), loaded.Campaign);
        var rows = new JsonArray();
        var any = false;
        foreach (var kernelName in chosen)
        {
            foreach (var qemuFile in parsed.GetValue(qemus)?.Split(',') ?? [VmSettings.UsualQemu])
            {
                var replay = await Play(parsed, context, settings, loaded, points, kernelName, qemuFile, stop).ConfigureAwait(false);
                any |= replay.Hits > 0;
                rows.Add((JsonNode)ReplaySummary.Json(replay, loaded.Campaign, [], model));
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
