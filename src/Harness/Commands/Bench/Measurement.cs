using System.CommandLine;
using System.Globalization;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>One thing that bench measures.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it measures.</param>
internal abstract class Measurement(string name, string description) : Verb
{
    /// <inheritdoc/>
    protected sealed override Command Describe()
    {
        var command = new Command(name, description);
        Describe(command);
        return command;
    }

    /// <inheritdoc/>
    protected sealed override int Run(ParseResult parsed, CommandContext context) => Run(parsed, LoadSettings(parsed), context);

    /// <summary>Adds its options.</summary>
    protected abstract void Describe(Command command);

    /// <summary>Measures.</summary>
    /// <returns>The exit code.</returns>
    protected abstract int Run(ParseResult parsed, LoadedSettings settings, CommandContext context);

    /// <summary>How often each kind is run.</summary>
    protected static Option<string> NewRounds() => Number("--rounds", 5, "runs of each kind; medians are printed");

    /// <summary>How long a process is measured.</summary>
    protected static Option<string> NewSeconds(int usual, string what) => Number("--seconds", usual, $"seconds of {what}");

    /// <summary>An option that is a number from 1.</summary>
    protected static Option<string> Number(string option, int usual, string description) => new(option)
    {
        HelpName = "N",
        Description = description,
        DefaultValueFactory = _ => usual.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Adds the seed.</summary>
    protected void AddSeed(Command command) => AddSetting(command, "--seed", "seed", "N", "seed of what is drawn");

    /// <summary>Adds the folder of the findings.</summary>
    protected void AddFindings(Command command) => AddSetting(command, "--findings", "findings", "DIR", "folder of the findings");

    /// <summary>Adds the number of executions.</summary>
    protected void AddExecutions(Command command, string description) =>
        AddSetting(command, "--executions", "executions", "N", description);

    /// <summary>The value of such an option.</summary>
    protected static int Positive(ParseResult parsed, Option<string> option)
    {
        var text = parsed.GetRequiredValue(option);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new UsageException($"{option.Name} is '{text}'; expected a number from 1 to {int.MaxValue}");
    }
}
