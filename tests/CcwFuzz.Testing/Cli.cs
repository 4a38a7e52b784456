using System.Text.Json.Nodes;
using CcwFuzz.Harness;
using Xunit;

namespace CcwFuzz.Testing;

/// <summary>Runs the command line in this process, on a toy in place of the device stack.</summary>
internal sealed record Cli(int Exit, string Output, string Error)
{
    /// <summary>A teardown while a disk is open: a violation on unpinned, nothing on mainline.</summary>
    public const string SeedScenario = "plug 0 type=scsi\nopen 0\nunplug 0\nclose 0\n";

    /// <summary>The JSON object on standard output; there is nothing else.</summary>
    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    public static Cli Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exit = HarnessApp.Run(args, output, error, ToyStack.NewTarget);
        return new Cli(exit, output.ToString(), error.ToString());
    }

    /// <summary>Wrong usage: exit code 2, one line on stderr, nothing on stdout.</summary>
    public void IsMistake(params string[] says)
    {
        Assert.Equal(2, Exit);
        Assert.Equal("", Output);
        Assert.EndsWith("\n", Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', Error.TrimEnd('\n'));
        foreach (var word in says) Assert.Contains(word, Error, StringComparison.Ordinal);
    }
}
