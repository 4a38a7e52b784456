using System.CommandLine;
using System.Globalization;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Commands;

/// <summary>One verb of the command line.</summary>
internal abstract class Verb
{
    private static readonly string[] VariantSettings = ["variant", "host", "hostVersion", "notify", "defects", "remedies"];
    private readonly List<(string Key, Option Option)> settings = [];

    /// <summary>Prints one JSON object instead of text.</summary>
    protected Option<bool> Json { get; } = new("--json") { Description = "print the result as one JSON object" };

    /// <summary>Names the configuration file.</summary>
    protected Option<string> Config { get; } =
        new("--config") { HelpName = "FILE", Description = "configuration to use instead of the nearest fuzz.yml" };

    /// <summary>The command with its options and arguments.</summary>
    public Command Build(CommandContext context)
    {
        var command = Describe();
        command.Add(Json);
        command.Add(Config);
        command.SetAction(parsed => Run(parsed, context));
        return command;
    }

    /// <summary>Describes the verb, its arguments and its own options.</summary>
    protected abstract Command Describe();

    /// <summary>Does it.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Run(ParseResult parsed, CommandContext context);

    /// <summary>Adds an option that sets a setting.</summary>
    protected void AddSetting(Command command, string option, string key, string value, string description)
    {
        var repeated = SettingsSchema.Find(key)!.IsList;
        Option added = repeated ? new Option<string[]>(option) : new Option<string>(option);
        added.HelpName = value;
        added.Description = repeated ? description + "; can be given several times" : description;
        added.Arity = repeated ? ArgumentArity.OneOrMore : ArgumentArity.ExactlyOne;
        settings.Add((key, added));
        command.Add(added);
    }

    /// <summary>Adds the options that choose what is run.</summary>
    protected void AddVariantSettings(Command command)
    {
        AddSetting(command, "--variant", "variant", "NAME", "lifetime regime to run ('variants' lists them)");
        AddSetting(command, "--host", "host", "NAME", "how the host executes instructions");
        AddSetting(command, "--host-version", "hostVersion", "NAME", "which QEMU the host models");
        AddSetting(command, "--notify", "notify", "NAME", "who notifies the guest of used buffers");
        AddSetting(command, "--defect", "defects", "Hnn", "historical defect to switch on");
        AddSetting(command, "--remedy", "remedies", "Rnn", "remedy to switch on");
    }

    /// <summary>Loads the settings with the options that were given.</summary>
    protected LoadedSettings LoadSettings(ParseResult parsed)
    {
        var given = new List<KeyValuePair<string, string?>>();
        foreach (var (key, option) in settings)
        {
            if (parsed.GetResult(option) is not { } result) continue;
            var isList = SettingsSchema.Find(key)!.IsList;
            for (var i = 0; i < result.Tokens.Count; i++)
                given.Add(new(isList ? string.Create(CultureInfo.InvariantCulture, $"{key}:{i}") : key, result.Tokens[i].Value));
        }
        return SettingsLoader.Load(parsed.GetValue(Config), given);
    }

    /// <summary>Whether what is run was asked for, and not left to fuzz.yml or to a finding.</summary>
    protected static bool IsVariantGiven(LoadedSettings settings) =>
        VariantSettings.Any(key => settings.LayerOf(key) >= SettingLayer.Environment);

    /// <summary>An input that a finding has is replayed on what that was found on; if a file was named, that is said.</summary>
    protected static void UseVariantOf(LoadedInput loaded, LoadedSettings settings, TextWriter log)
    {
        if ((loaded.Finding ?? loaded.Beside) is not { IsReal: false } finding) return;
        UseVariantOf(finding, settings);
        if (loaded.Beside is null) return;
        var variant = settings.ResolveVariant();
        log.WriteLine($"variant {variant} on host {variant.HostText}: the file is of the finding '{Visible.Line(finding.Key)}'");
    }

    /// <summary>A finding is replayed on what it was found on, except for what was asked for explicitly.</summary>
    protected static void UseVariantOf(StoredFinding finding, LoadedSettings settings)
    {
        bool IsFree(string key) => settings.LayerOf(key) < SettingLayer.Environment;
        var values = settings.Values;
        if (IsFree("variant") && finding.Variant is { } variant) values.Variant = variant;
        if (IsFree("host") && finding.Host is { } host) values.Host = host;
        if (IsFree("hostVersion") && finding.HostVersion is { } version) values.HostVersion = version;
        if (IsFree("notify") && finding.Notify is { } notify) values.Notify = notify;
        if (IsFree("defects")) values.Defects = [.. finding.Defects];
        if (IsFree("remedies")) values.Remedies = [.. finding.Remedies];
    }
}
