using System.CommandLine;
using CcwFuzz.Harness.Commands;
using CcwFuzz.Harness.Contract;
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
    /// <returns>The exit code (<see cref="ExitCode"/>).</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error, Func<Variant, FuzzTarget>? newTarget = null)
    {
        try
        {
            Func<Variant, int, FuzzTarget> sized =
                newTarget is null ? (variant, cpus) => new FuzzTarget(variant, cpus) : (variant, _) => newTarget(variant);
            return Dispatch(args, new CommandContext(output, error, newTarget ?? (variant => new FuzzTarget(variant)), sized));
        }
        catch (UsageException e)
        {
            error.WriteLine($"{Name}: {e.Message.ReplaceLineEndings(" ")}");
            return ExitCode.Usage;
        }
        catch (IOException e) // files are guarded where they are used: this is standard output
        {
            error.WriteLine($"{Name}: cannot write the result: {e.Message.ReplaceLineEndings(" ")}");
            return ExitCode.Internal;
        }
        catch (Exception e) // the last resort: whatever it is, it gets one line, its stack and its own exit code
        {
            error.WriteLine($"{Name}: internal error: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            error.WriteLine(e.StackTrace);
            return ExitCode.Internal;
        }
    }

    private static int Dispatch(string[] args, CommandContext context)
    {
        var root = new RootCommand("Finds teardown bugs of the virtio-ccw device stack by running hot-plug campaigns on a model of it.");
        root.Directives.Clear();
        foreach (var verb in Verbs()) root.Add(verb.Build(context));
        RequireVerb(args, root);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0) throw Mistake(parsed);
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = context.Results,
            Error = context.Log,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // the verbs end cleanly by themselves
        });
    }

    private static IEnumerable<Verb> Verbs() =>
    [
        new FuzzVerb(), new ReplayVerb(), new MinimizeVerb(), new TriageVerb(), new CorpusVerb(), new ShowVerb(), new CompileVerb(),
        new BenchVerb(), new VariantsVerb(), new CompareVerb(), new AflVerb(), new SharpFuzzVerb(), new LinuxVerb(),
    ];

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
        var command = parsed.CommandResult.Command;
        var help = command is RootCommand ? $"see '{Name} --help'" : $"see '{Name} {command.Name} --help'";
        if (parsed.UnmatchedTokens.Count == 0) return new UsageException($"{parsed.Errors[0].Message.TrimEnd('.')}; {help}");
        var word = parsed.UnmatchedTokens[0];
        var options = command.Options.Where(o => !o.Hidden).Select(o => o.Name);
        return new UsageException(word.StartsWith('-')
            ? $"unknown option '{word}' of '{command.Name}'; {help}{Spelling.Hint(word, options)}"
            : $"unexpected argument '{word}' of '{command.Name}'; {help}");
    }
}
