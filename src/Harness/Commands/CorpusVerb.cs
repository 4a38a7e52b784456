using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Commands;

/// <summary>corpus: imports, exports, merges and counts inputs.</summary>
internal sealed class CorpusVerb : Verb
{
    private const string Import = "import";
    private const string Export = "export";
    private const string Merge = "merge";
    private const string Stats = "stats";

    private readonly Argument<string> action = new("ACTION")
    {
        Description = "import DIR: adds the inputs of a folder, also of afl-fuzz; export DIR: writes all inputs as bytes; "
            + "merge: removes inputs that reach nothing a smaller one does not reach; stats: counts",
    };

    private readonly Argument<string?> folder = new("DIR")
    {
        Description = "where import reads and export writes",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        action.AcceptOnlyFromAmong(Import, Export, Merge, Stats);
        var command = new Command("corpus", "Keeps the corpus small.") { action, folder };
        AddSetting(command, "--corpus", "corpus:directory", "DIR", "the corpus; corpus/work/VARIANT if it is not said otherwise");
        AddVariantSettings(command);
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var what = parsed.GetRequiredValue(action);
        var other = parsed.GetValue(folder);
        if ((what is Import or Export) != other is not null)
        {
            var mistake = other is null ? "needs a folder" : "takes no folder; name the corpus with --corpus";
            throw new UsageException($"'corpus {what}' {mistake}");
        }
        var variant = settings.ResolveVariant();
        var own = settings.Values.Corpus.Directory ?? Path.Combine(settings.Root, "corpus", "work", variant.ToString());
        var minimizer = new CorpusMinimizer(context.NewTarget(variant), context.Log);
        CorpusCount count;
        try
        {
            count = what switch
            {
                Import => minimizer.Import(Existing(other!), own),
                Export => minimizer.Export(Sources(own, settings), other!),
                Merge => minimizer.Merge(Existing(own)),
                _ => minimizer.Count(Sources(own, settings)),
            };
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile($"{what} the corpus", other ?? own, e);
        }
        Tell(parsed, context, what, what == Export ? other! : own, count);
        return ExitCode.Clean;
    }

    private void Tell(ParseResult parsed, CommandContext context, string what, string where, CorpusCount count)
    {
        if (!parsed.GetValue(Json))
        {
            context.Results.WriteLine($"{what} {where}: {count.Before} inputs before, {count.After} after, {count.Edges} edges, "
                + $"{count.Bytes} bytes, {count.Violations} violate");
            return;
        }
        context.Results.WriteLine(JsonOutput.Line(new JsonObject
        {
            ["action"] = what,
            ["folder"] = where,
            ["before"] = count.Before,
            ["after"] = count.After,
            ["edges"] = count.Edges,
            ["bytes"] = count.Bytes,
            ["violations"] = count.Violations,
        }));
    }

    private static string Existing(string path) =>
        Directory.Exists(path) ? path : throw new UsageException($"there is no corpus in '{path}'; name one with --corpus");

    /// <summary>The corpus, or what a run starts from as long as there is none.</summary>
    private static List<string> Sources(string own, LoadedSettings settings)
    {
        if (Directory.Exists(own)) return [own];
        return settings.Values.Corpus.Directory is null ? settings.Values.Corpus.Seeds : [Existing(own)];
    }
}
