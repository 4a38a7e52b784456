using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine.Afl;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Commands;

/// <summary>afl: the target that afl-fuzz runs.</summary>
internal sealed class AflVerb : Verb
{
    private const string About = """
        The target that afl-fuzz runs: a persistent fork server with test cases in shared memory.

        It is not started by hand, but by afl-fuzz, on inputs that 'corpus export' wrote:

          ccwfuzz corpus export SEEDS
          AFL_SKIP_BIN_CHECK=1 afl-fuzz -t 1000 -i SEEDS -o OUT -- src/Harness/bin/Release/net10.0/ccwfuzz afl --variant unpinned
          ccwfuzz triage --raw OUT --variant unpinned

        A violation is a crash to afl-fuzz (sig:06), a bug of the model too (sig:04). With our mutators:
        AFL_CUSTOM_MUTATOR_LIBRARY=src/Harness/bin/Release/net10.0/libccwfuzz-mutator.so AFL_CUSTOM_MUTATOR_ONLY=1,
        which eng/build-native builds. eng/run-afl does all of this. On a shared machine AFL_NO_AFFINITY=1 helps.
        """;

    private readonly Option<bool> mapSize = new("--map-size") { Description = "print the number of bytes of the map, for AFL_MAP_SIZE" };

    private readonly Option<string> keys =
        new("--keys") { HelpName = "DIR", Description = "print which findings the crashes in DIR show, and how many show each" };

    /// <summary>For measurements.</summary>
    private readonly Option<string> times = new("--times") { Hidden = true };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("afl", About) { mapSize, keys, times };
        AddVariantSettings(command);
        AddSetting(command, "--findings", "findings", "DIR", "beside the findings in it inputs are kept that show a bug of the model");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var target = context.NewTarget(settings.ResolveVariant());
        if (parsed.GetValue(keys) is { } folder) return PrintKeys(parsed, context, target, folder);
        if (!parsed.GetValue(mapSize))
            return new AflSession(target, settings.FindingsToWrite(), context.Log, parsed.GetValue(times)).Run();
        context.Results.WriteLine(new CounterMap(target).Size.ToString(CultureInfo.InvariantCulture));
        return ExitCode.Clean;
    }

    private int PrintKeys(ParseResult parsed, CommandContext context, FuzzTarget target, string folder)
    {
        if (!Directory.Exists(folder)) throw new UsageException($"--keys: cannot read '{folder}': there is no such folder");
        var shown = InputFiles.Under(folder, "crashes")
            .Select(file => KeyOf(file, target, context.Log))
            .OfType<string>()
            .CountBy(key => key)
            .OrderByDescending(k => k.Value)
            .ThenBy(k => k.Key, StringComparer.Ordinal)
            .ToList();
        if (parsed.GetValue(Json))
            context.Results.WriteLine(JsonOutput.Line(new JsonObject(shown.Select(k => KeyValuePair.Create(k.Key, (JsonNode?)k.Value)))));
        else foreach (var (key, count) in shown) context.Results.WriteLine($"{count,7} {key}");
        return ExitCode.Clean;
    }

    /// <summary>The key that a crash shows; null for what cannot be read, which is named.</summary>
    private static string? KeyOf(string file, FuzzTarget target, TextWriter log)
    {
        try
        {
            return target.Run(CampaignFile.Read(file)).Key ?? "clean";
        }
        catch (UsageException e)
        {
            log.WriteLine($"skipped: {e.Message}");
            return null;
        }
    }
}
