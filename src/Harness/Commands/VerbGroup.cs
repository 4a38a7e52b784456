using System.CommandLine;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands;

/// <summary>A verb that has verbs of its own: 'corpus merge', 'linux replay'.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What they have in common.</param>
internal abstract class VerbGroup(string name, string description)
{
    /// <summary>The command with its verbs.</summary>
    public Command Build(CommandContext context)
    {
        var command = new Command(name, description);
        foreach (var verb in Verbs()) command.Add(verb.Build(context));
        return command;
    }

    /// <summary>The words with the verb of a group before its options, as the parser wants them: people write them in any order.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <param name="root">The command line.</param>
    public static string[] VerbFirst(string[] args, RootCommand root)
    {
        if (args.Length < 2 || !args[1].StartsWith('-')) return args;
        var verbs = root.Subcommands.FirstOrDefault(c => c.Name == args[0])?.Subcommands;
        if (verbs is not { Count: > 0 }) return args;
        var withValue = verbs.SelectMany(v => v.Options).Where(o => o.ValueType != typeof(bool)).Select(o => o.Name).ToHashSet();
        for (var i = 1; i < args.Length; i++)
        {
            if (!args[i].StartsWith('-')) return [args[0], args[i], .. args[1..i], .. args[(i + 1)..]];
            if (withValue.Contains(args[i])) i++;
        }
        return args;
    }

    /// <summary>Its verbs.</summary>
    protected abstract IEnumerable<Verb> Verbs();
}
