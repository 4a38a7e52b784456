using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>Every committed input means what it meant: its bytes say what the text beside them says, and the other way round.</summary>
public sealed class MeaningTests
{
    public static TheoryData<string> Inputs { get; } =
    [
        .. new[] { "corpus", "findings" }
            .SelectMany(f => Directory.EnumerateFiles(Repository.PathOf(f), "*.bin", SearchOption.AllDirectories))
            .Where(f => File.Exists(Path.ChangeExtension(f, ".txt")))
            .Select(f => Path.GetRelativePath(Repository.Root, f))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Inputs))]
    public void Bytes_and_text_are_the_same_campaign(string file)
    {
        var bytes = File.ReadAllBytes(Repository.PathOf(file));
        var text = CampaignParser.Parse(File.ReadAllText(Path.ChangeExtension(Repository.PathOf(file), ".txt")));
        Assert.Equal(text, Campaign.Decode(bytes));
        Assert.Equal(text.Encode(), bytes);
    }

    [Fact]
    public void There_are_hundreds_of_them() => Assert.True(Inputs.Count >= 385);
}
