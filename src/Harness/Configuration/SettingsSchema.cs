using System.Globalization;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Configuration;

/// <summary>Every setting there is; anything else in fuzz.yml or the environment is a mistake.</summary>
internal static class SettingsSchema
{
    /// <summary>The word that stands for a seed chosen anew at each run.</summary>
    public const string RandomSeed = "random";

    /// <summary>All settings.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Setting.Text("variant", "the name of a variant"),
        Setting.Text("host", "the name of a host"),
        Setting.Text("hostVersion", "the name of a host version"),
        Setting.Text("notify", "the name of a way of notifying"),
        Setting.Text("defects", "identifiers of defects, such as H04") with { IsList = true, MayBeEmpty = true },
        Setting.Text("remedies", "identifiers of remedies, such as R02") with { IsList = true, MayBeEmpty = true },
        new Setting("seed", $"a whole number from 0 to 2^64-1, or '{RandomSeed}'", IsSeed),
        Setting.Number("seconds", "seconds to run, 0 for no limit"),
        Setting.Whole("executions", 0, long.MaxValue, "executions to run, 0 for no limit"),
        Setting.Whole("workers", 1, 256, "processes that fuzz"),
        Setting.Choice("engine", "guided", "random", "pct", "bytes"),
        Setting.Choice("feedback", [.. Feedbacks.Names]) with { IsList = true },
        Setting.Text("corpus:seeds", "folders with inputs") with { IsList = true, IsPath = true, MayBeEmpty = true },
        Setting.Text("corpus:directory", "a folder") with { IsPath = true },
        Setting.Flag("corpus:keep"),
        Setting.Text("findings", "a folder") with { IsPath = true },
        Setting.Text("baseline", "folders with findings") with { IsList = true, IsPath = true, MayBeEmpty = true },
    ];

    /// <summary>The setting a key belongs to: its own, or that of the list it is an element of.</summary>
    public static Setting? Find(string key)
    {
        foreach (var setting in All)
        {
            if (setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) return setting;
            if (setting.IsList && key.StartsWith(setting.Key + ":", StringComparison.OrdinalIgnoreCase)
                && key.AsSpan(setting.Key.Length + 1).IndexOfAnyExceptInRange('0', '9') < 0)
                return setting;
        }
        return null;
    }

    /// <summary>The setting that a key is a part of as if it were a list or had settings of its own, or null.</summary>
    public static Setting? Above(string key) =>
        All.FirstOrDefault(s => key.StartsWith(s.Key + ":", StringComparison.OrdinalIgnoreCase));

    /// <summary>The settings below a key that has no value of its own.</summary>
    public static IReadOnlyList<Setting> Below(string key) =>
        [.. All.Where(s => s.Key.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase))];

    /// <summary>The names as they are nested in fuzz.yml, for messages.</summary>
    public static IEnumerable<string> Names => All.Select(s => s.Key.Replace(':', '.'));

    private static bool IsSeed(string text) => text.Equals(RandomSeed, StringComparison.OrdinalIgnoreCase)
        || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
