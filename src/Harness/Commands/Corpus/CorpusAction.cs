using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Commands.Corpus;

/// <summary>Something that is done to the corpus.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it does.</param>
internal abstract class CorpusAction(string name, string description) : Verb
{
    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command(name, description);
        AddSetting(command, "--corpus", "corpus:directory", "DIR", "the corpus; corpus/work/VARIANT if it is not said otherwise");
        AddVariantSettings(command);
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var variant = settings.ResolveVariant();
        var own = settings.Values.Corpus.Directory ?? Path.Combine(settings.Root, "corpus", "work", variant.ToString());
        var minimizer = new CorpusMinimizer(context.NewTarget(variant), context.Log);
        CorpusCount count;
        try
        {
            count = Do(parsed, minimizer, own, settings);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile($"{name} the corpus", Other(parsed) ?? own, e);
        }
        TellMore(parsed, context);
        Tell(parsed, context, Changed(parsed, own), count);
        return ExitCode.Clean;
    }

    /// <summary>Does it to the corpus.</summary>
    protected abstract CorpusCount Do(ParseResult parsed, CorpusMinimizer minimizer, string own, LoadedSettings settings);

    /// <summary>Says on stderr what is not in the count.</summary>
    protected virtual void TellMore(ParseResult parsed, CommandContext context)
    {
    }

    /// <summary>The folder beside the corpus that was named, or null.</summary>
    protected virtual string? Other(ParseResult parsed) => null;

    /// <summary>The folder whose inputs are counted.</summary>
    protected virtual string Changed(ParseResult parsed, string own) => own;

    private void Tell(ParseResult parsed, CommandContext context, string where, CorpusCount count)
    {
        if (!parsed.GetValue(Json))
        {
            context.Results.WriteLine($"{name} {where}: {count.Before} inputs before, {count.After} after, {count.Edges} edges, "
                + $"{count.Bytes} bytes, {count.Violations} violate");
            return;
        }
        context.Results.WriteLine(JsonOutput.Line(new JsonObject
        {
            ["action"] = name,
            ["folder"] = where,
            ["before"] = count.Before,
            ["after"] = count.After,
            ["edges"] = count.Edges,
            ["bytes"] = count.Bytes,
            ["violations"] = count.Violations,
        }));
    }

    /// <summary>A folder that must be there.</summary>
    protected static string Existing(string path) =>
        Directory.Exists(path) ? path : throw new UsageException($"there is no corpus in '{path}'; name one with --corpus");

    /// <summary>The corpus, or what a run starts from as long as there is none.</summary>
    protected static IReadOnlyList<string> Sources(string own, LoadedSettings settings)
    {
        if (Directory.Exists(own)) return [own];
        return settings.Values.Corpus.Directory is null ? settings.Seeds() : [Existing(own)];
    }
}
