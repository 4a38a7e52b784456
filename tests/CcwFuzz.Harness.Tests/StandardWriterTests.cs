using System.Text;
using CcwFuzz.Harness.Output;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Standard output and standard error that fail.</summary>
public sealed class StandardWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public StandardWriterTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\nvariant: unpinned\n");
    }

    private string[] Fuzz => ["fuzz", "--config", folder["fuzz.yml"], "--executions", "100"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_first_failure_ends_the_writing_and_nothing_else()
    {
        using var full = new FullWriter { Room = 1 };
        var told = new List<string>();
        using var writer = new StandardWriter(full) { Failed = told.Add };
        writer.WriteLine("one");
        Assert.Null(writer.Problem);
        writer.WriteLine("two");
        full.Room = 9;
        writer.WriteLine("three");
        Assert.Equal(["No space left on device"], told);
        Assert.Equal("one\n", full.ToString());
    }

    [Fact]
    public void Findings_are_written_and_the_verdict_stays_if_standard_output_is_full()
    {
        using var error = new StringWriter();
        using var full = new FullWriter();
        Assert.Equal(1, HarnessApp.Run(Fuzz, full, error, ToyStack.NewTarget));
        Assert.NotEmpty(Directory.GetFiles(folder["found"], "campaign.bin", SearchOption.AllDirectories));
        Assert.Single(error.ToString().Split('\n'), l => l == "ccwfuzz: cannot write the result: No space left on device");
        Assert.DoesNotContain("   at ", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_verdict_that_could_not_be_said_is_not_good()
    {
        using var error = new StringWriter();
        using var full = new FullWriter();
        Assert.Equal(3, HarnessApp.Run(["variants"], full, error, ToyStack.NewTarget));
        Assert.Equal("ccwfuzz: cannot write the result: No space left on device\n", error.ToString());
    }

    [Fact]
    public void Standard_error_that_is_full_changes_nothing()
    {
        using var output = new StringWriter();
        using var full = new FullWriter();
        Assert.Equal(1, HarnessApp.Run([.. Fuzz, "--json"], output, full, ToyStack.NewTarget));
        Assert.NotEmpty(new Cli(1, output.ToString(), "").Json["findings"]!.AsArray());
        Assert.Equal(2, HarnessApp.Run(["replay", "no-such-key"], output, full, ToyStack.NewTarget));
    }

    [Fact]
    public void Neither_of_them_is_no_reason_to_fail()
    {
        using var output = new FullWriter();
        using var error = new FullWriter();
        Assert.Equal(1, HarnessApp.Run(Fuzz, output, error, ToyStack.NewTarget));
    }

    /// <summary>Has room for some lines.</summary>
    private sealed class FullWriter : TextWriter
    {
        private readonly StringBuilder text = new();

        public int Room { get; set; }

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Add($"{value}");

        public override void Write(string? value) => Add(value);

        public override void WriteLine(string? value) => Add(value + "\n");

        public override string ToString() => text.ToString();

        private void Add(string? added)
        {
            if (Room == 0) throw new IOException("No space left on device");
            Room--;
            text.Append(added);
        }
    }
}
