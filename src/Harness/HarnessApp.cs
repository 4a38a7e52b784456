using System.CommandLine;
using System.CommandLine.Parsing;
using CcwFuzz.Harness.Commands;
using CcwFuzz.Harness.Commands.Bench;
using CcwFuzz.Harness.Commands.Corpus;
using CcwFuzz.Harness.Commands.Linux;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness;

/// <summary>The command line: finds the verb, runs it, and turns every failure into one line and an exit code.</summary>
internal static class HarnessApp
{
    private const string Name = "ccwfuzz";

    /// <summary>Runs one command.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <param name="output">Where results go.</param>
    /// <param name="error">Where progress and mistakes go.</param>
    /// <param name="newTarget">Builds what is run; the device stack if null.</param>
    /// <param name="clock">When the command began; now if null.</param>
    /// <returns>The exit code (<see cref="ExitCode"/>).</returns>
    public static int Run(
        string[] args, TextWriter output, TextWriter error, Func<Variant, FuzzTarget>? newTarget = null, RunClock? clock = null)
    {
        using var log = new StandardWriter(error);
        using var results = new StandardWriter(output) { Failed = why => log.WriteLine($"{Name}: cannot write the result: {why}") };
        Func<Variant, int, FuzzTarget> sized =
            newTarget is null ? (variant, cpus) => new FuzzTarget(variant, cpus) : (variant, _) => newTarget(variant);
        var context = new CommandContext(results, log, newTarget ?? (variant => new FuzzTarget(variant)), sized)
        {
            Clock = clock ?? RunClock.FromNow(),
        };
        var exit = Guarded(args, context);
        results.Flush();
        // A verdict stays what it is; that all is well may not have been said to anybody.
        return exit == ExitCode.Clean && results.Problem is not null ? ExitCode.Internal : exit;
    }

    private static int Guarded(string[] args, CommandContext context)
    {
        try
        {
            return Dispatch(args, context);
        }
        catch (UsageException e)
        {
            context.Log.WriteLine($"{Name}: {e.Message}");
            return ExitCode.Usage;
        }
        catch (Exception e) // the last resort: whatever it is, it gets one line, its stack and its own exit code
        {
            context.Log.WriteLine($"{Name}: internal error: {e.GetType().Name}: {Visible.Line(e.Message)}");
            context.Log.WriteLine(e.StackTrace);
            return ExitCode.Internal;
        }
    }

    private static int Dispatch(string[] args, CommandContext context)
    {
        var root = new RootCommand("Finds teardown bugs of the virtio-ccw device stack by running hot-plug campaigns on a model of it.");
        root.Directives.Clear();
        foreach (var verb in Verbs(context)) root.Add(verb);
        RequireVerb(args, root);
        var parsed = root.Parse(VerbGroup.VerbFirst(args, root), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0) throw Mistake(parsed);
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = context.Results,
            Error = context.Log,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // the verbs end cleanly by themselves
        });
    }

    private static IEnumerable<Command> Verbs(CommandContext context)
    {
        Verb[] verbs =
        [
            new FuzzVerb(), new ReplayVerb(), new MinimizeVerb(), new TriageVerb(), new ShowVerb(), new CompileVerb(), new VariantsVerb(),
            new CompareVerb(), new AflVerb(), new SharpFuzzVerb(),
        ];
        VerbGroup[] groups = [new CorpusVerb(), new BenchVerb(), new LinuxVerb()];
        return verbs.Select(v => v.Build(context)).Concat(groups.Select(g => g.Build(context)));
    }

    private static void RequireVerb(string[] args, RootCommand root)
    {
        var verbs = root.Subcommands.Select(c => c.Name).ToList();
        var choice = $"the verbs are {string.Join(", ", verbs)}; '{Name} --help' says more";
        if (args.Length == 0) throw new UsageException($"no verb given; {choice}");
        if (args[0].StartsWith('-') || verbs.Contains(args[0])) return;
        throw new UsageException($"unknown verb '{args[0]}'; {choice}{Spelling.Hint(args[0], verbs)}");
    }

    private static UsageException Mistake(ParseResult parsed)
    {
        var name = NameOf(parsed.CommandResult);
        var help = name.Length > 0 ? $"see '{Name} {name} --help'" : $"see '{Name} --help'";
        return new UsageException(
            parsed.CommandResult.Command is { Subcommands.Count: > 0 } and not RootCommand ? NoVerb(parsed, name)
            : parsed.UnmatchedTokens.Count > 0 ? Unexpected(parsed, name, help)
            : Missing(parsed) is { } argument ? $"'{name}' needs {("AEIOU".Contains(argument[0]) ? "an" : "a")} {argument}; {help}"
            : $"{parsed.Errors[0].Message.TrimEnd('.')}; {help}");
    }

    /// <summary>The verb, behind the group that it is of; nothing for the program itself.</summary>
    private static string NameOf(CommandResult result) => result.Command is RootCommand ? ""
        : result.Parent is CommandResult { Command: not RootCommand } group ? $"{group.Command.Name} {result.Command.Name}"
        : result.Command.Name;

    private static string NoVerb(ParseResult parsed, string group)
    {
        var verbs = parsed.CommandResult.Command.Subcommands.Select(c => c.Name).ToList();
        var word = parsed.UnmatchedTokens.FirstOrDefault(w => !w.StartsWith('-'));
        return word is null
            ? $"'{group}' needs one of {string.Join(", ", verbs)}; see '{Name} {group} --help'"
            : $"'{group}' has no verb '{word}'; it has {string.Join(", ", verbs)}{Spelling.Hint(word, verbs)}";
    }

    private static string Unexpected(ParseResult parsed, string name, string help)
    {
        var word = parsed.UnmatchedTokens[0];
        var options = parsed.CommandResult.Command.Options.Where(o => !o.Hidden).Select(o => o.Name);
        return word.StartsWith('-')
            ? $"unknown option '{word}' of '{name}'; {help}{Spelling.Hint(word, options)}"
            : $"unexpected argument '{word}' of '{name}'; {help}";
    }

    /// <summary>An argument that has to be there and is not, or null.</summary>
    private static string? Missing(ParseResult parsed) => parsed.CommandResult.Command.Arguments
        .FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is not { Tokens.Count: > 0 })?.Name;
}
