using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands;

/// <summary>linux: campaigns on a real Linux guest.</summary>
internal sealed partial class LinuxVerb : Verb
{
    private const string Doctor = "doctor";
    private const string Fuzz = "fuzz";
    private const string Replay = "replay";
    private const string Matrix = "matrix";
    private const int MostTimes = 10_000;
    private const int MostVms = 64;
    private const int CpusToHold = 2;

    private readonly Argument<string> action = new("ACTION")
    {
        Description = "doctor: says what is missing and how to get it; fuzz: plays campaigns until time is up; replay INPUT: plays one; "
            + "matrix INPUT: plays one on several kernels and QEMUs",
    };

    private readonly Argument<string?> input = new("INPUT")
    {
        Description = "file of bytes, campaign as text, or key of a finding, real or of the model",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> kernel = new("--kernel") { HelpName = "NAME", Description = "kernel of eng/install-guest, or a file" };
    private readonly Option<string> initrd = new("--initrd") { HelpName = "FILE", Description = "initramfs with the agent" };
    private readonly Option<string> qemu =
        new("--qemu") { HelpName = "NAME", Description = $"QEMU of eng/install-guest, or a file, instead of {VmSettings.UsualQemu}" };
    private readonly Option<string> append = new("--append") { HelpName = "WORDS", Description = "added to the kernel's command line" };
    private readonly Option<int?> cpus = new("--cpus") { HelpName = "N", Description = "virtual CPUs of the guest (1; 2 if one is held)" };
    private readonly Option<int?> vms = new("--vms") { HelpName = "N", Description = "machines side by side (1)" };
    private readonly Option<int?> times =
        new("--times") { HelpName = "N", Description = "how often a campaign is played (1; new findings of fuzz 3)" };
    private readonly Option<double?> patience =
        new("--patience") { HelpName = "SECONDS", Description = "how long something must stay wrong to count (5)" };

    private readonly Option<double?> pace = new("--pace")
    {
        HelpName = "MICROSECONDS",
        Description = "replay: what a scheduling point becomes (1; for a finding of the model, runs try from 1 to 1000)",
    };

    private readonly Option<string[]> at = new("--at")
    {
        HelpName = ExactPoint.Form,
        Description = "replay, matrix: an operation of the host happens exactly where the kernel is in that function, and not after some "
            + "time; hold: the CPU that is there then waits while others go on; kept with the finding",
    };

    private readonly Option<bool> exact = new("--exact")
    {
        Description = "replay, matrix: operations of the host happen in the function that the model's kernel is in then; runs take turns "
            + "with its beginning and its return, and with those of its callers",
    };

    private readonly Option<bool> keep = new("--keep")
    {
        Description = "replay, matrix: keep the answer in the finding, as linux.json, and in one of a real guest its campaign, how often "
            + "it shows and what the model says; what another input shows becomes a finding",
    };

    private readonly Option<bool> minimize = new("--minimize") { Description = "fuzz, replay: make the campaign of a finding shorter" };
    private readonly Option<string> kernels =
        new("--kernels") { HelpName = "A,B", Description = "matrix: the kernels; all there are if not given" };
    private readonly Option<string> qemus = new("--qemus") { HelpName = "X,Y", Description = "matrix: the QEMUs" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        action.AcceptOnlyFromAmong(Doctor, Fuzz, Replay, Matrix);
        var command = new Command("linux", "Plays campaigns on a real Linux guest under QEMU.")
        {
            action, input, kernel, initrd, qemu, append, cpus, vms, times, patience, pace, at, exact, keep, minimize, kernels, qemus,
        };
        AddSetting(command, "--seconds", "seconds", "N", "fuzz: ends after N seconds; 0: no limit");
        AddSetting(command, "--executions", "executions", "N", "fuzz: ends after N campaigns; without --seconds there is no other limit");
        AddSetting(command, "--seed", "seed", "N", "fuzz: where all choices come from; 'random' draws one");
        AddSetting(command, "--findings", "findings", "DIR", "findings of real guests are in its folder linux");
        AddVariantSettings(command);
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var what = parsed.GetRequiredValue(action);
        var named = parsed.GetValue(input);
        if ((what is Replay or Matrix) != named is not null)
            throw new UsageException(named is null ? $"'linux {what}' needs an INPUT" : $"'linux {what}' takes no INPUT");
        if (what is Doctor or Fuzz && (parsed.GetValue(at) is { Length: > 0 } || parsed.GetValue(exact)))
            throw new UsageException($"'linux {what}' takes no --at and no --exact");
        using var stop = new StopSignal();
        stop.ListenToSignals();
        try
        {
            return what switch
            {
                Doctor => RunDoctor(parsed, context),
                Fuzz => RunFuzz(parsed, context, settings, stop.Token).GetAwaiter().GetResult(),
                Replay => RunReplay(parsed, context, settings, named!, stop.Token).GetAwaiter().GetResult(),
                _ => RunMatrix(parsed, context, settings, named!, stop.Token).GetAwaiter().GetResult(),
            };
        }
        catch (MachineException e) when (e.Fault == MachineFault.NoFunction)
        {
            throw new UsageException($"--at: {e.Message}");
        }
        catch (MachineException e)
        {
            throw new UsageException($"{e.Message.ReplaceLineEndings(" ")}; 'linux doctor' says what is missing");
        }
        catch (OperationCanceledException) when (stop.IsRequested)
        {
            throw new UsageException("interrupted; every machine is stopped");
        }
    }

    private int RunDoctor(ParseResult parsed, CommandContext context)
    {
        var all = LinuxDoctor.Examine(
            GuestFiles.FindQemu(GuestFiles.Cache, parsed.GetValue(qemu) ?? VmSettings.UsualQemu), GuestFiles.Cache);
        var ready = all.All(r => r.IsThere);
        if (parsed.GetValue(Json))
        {
            context.Results.WriteLine(JsonOutput.Line(new JsonObject
            {
                ["ready"] = ready,
                ["requirements"] = new JsonArray([.. all.Select(r => (JsonNode)new JsonObject
                {
                    ["name"] = r.Name,
                    ["there"] = r.IsThere,
                    ["detail"] = r.Detail,
                })]),
            }));
        }
        else
        {
            foreach (var r in all) context.Results.WriteLine($"{(r.IsThere ? "ok     " : "missing")} {r.Name,-9} {r.Detail}");
        }
        return ready ? ExitCode.Clean : ExitCode.Usage;
    }

    /// <summary>What a machine is made of that plays a campaign: one CPU, unless one of several is held.</summary>
    private VmSettings Machine(
        ParseResult parsed, IReadOnlyList<ExactPoint>? points = null, string? kernelName = null, string? qemuFile = null)
    {
        var usualCpus = points?.Any(p => p.Hold > 0) is true ? CpusToHold : 1;
        var wait = parsed.GetValue(patience) ?? 5;
        var guestCpus = parsed.GetValue(cpus) ?? usualCpus;
        if (wait is not (> 0 and <= 3600)) throw new UsageException("--patience: expected seconds above 0, at most 3600");
        if (guestCpus is < 1 or > 16) throw new UsageException("--cpus: expected a number from 1 to 16");
        return new VmSettings
        {
            Guest = GuestFiles.Find(GuestFiles.Cache, kernelName ?? parsed.GetValue(kernel), parsed.GetValue(initrd)),
            Qemu = GuestFiles.FindQemu(GuestFiles.Cache, qemuFile ?? parsed.GetValue(qemu) ?? VmSettings.UsualQemu),
            Append = parsed.GetValue(append) ?? "",
            Cpus = guestCpus,
            Patience = TimeSpan.FromSeconds(wait),
        };
    }

    private int Vms(ParseResult parsed)
    {
        var number = parsed.GetValue(vms) ?? 1;
        if (number is < 1 or > MostVms) throw new UsageException($"--vms: expected a number from 1 to {MostVms}");
        var room = LinuxDoctor.FreeMemory();
        return (long)number * VmSettings.Room <= room
            ? number
            : throw new UsageException($"--vms: {number} machines take {number * VmSettings.Room} MiB of memory, and {room} are free");
    }

    private static double Pace(double microseconds) => microseconds is > 0 and <= 1_000_000
        ? microseconds
        : throw new UsageException("--pace: expected microseconds above 0, at most 1000000");

    private int Times(ParseResult parsed, int usual)
    {
        var number = parsed.GetValue(times) ?? usual;
        return number is >= 1 and <= MostTimes
            ? number
            : throw new UsageException($"--times: expected a number from 1 to {MostTimes}");
    }

    /// <summary>Where operations happen exactly: what is asked for, otherwise what the finding says.</summary>
    private List<ExactPoint> Points(ParseResult parsed, LoadedInput loaded)
    {
        try
        {
            var points = parsed.GetValue(at)?.Select(ExactPoint.Parse).ToList() ?? [];
            if (points.Count == 0 && IsReal(loaded.Finding)) points = [.. RealFinding.PointsOf(loaded.Finding)];
            foreach (var point in points)
            {
                if (points.Count(p => p.Operation == point.Operation) > 1)
                    throw new UsageException($"--at {point}: operation {point.Operation} has another point already");
                if (point.Hold > 0 && parsed.GetValue(cpus) is < CpusToHold)
                    throw new UsageException($"--at {point}: a CPU can be held if there are others (--cpus {CpusToHold})");
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

    private static string FindingsFolder(LoadedSettings settings) => Path.Combine(settings.Values.Findings, "linux");

    private static LoadedInput Load(string named, LoadedSettings settings)
    {
        var real = StoredFinding.Find(FindingsFolder(settings), named);
        return InputReader.Read(real?.Folder ?? named, settings.Values.Findings);
    }

    private static string Round(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
