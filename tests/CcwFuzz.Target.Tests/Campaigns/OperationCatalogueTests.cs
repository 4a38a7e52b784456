using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Campaigns;

/// <summary>The catalogue of operations is whole: each is done by somebody, has its form on a real guest, and is documented.</summary>
public sealed class OperationCatalogueTests
{
    public static TheoryData<string> Names { get; } = [.. OperationCatalogue.All.Select(o => o.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_operation_is_done_by_somebody(string name)
    {
        var entry = Entry(name);
        Assert.True(entry.OnHost is not null || entry.InGuest is not null);
        Assert.NotEmpty(entry.Meaning);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_operation_has_one_form_on_a_real_guest(string name)
    {
        var real = Entry(name).Real;
        Assert.Equal(real.Actor == RealActor.Nobody, real.WhyNot is not null);
        Assert.Equal(real.Actor == RealActor.Agent, real.Request is not null);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_documentation_has_every_operation_with_its_arguments(string name)
    {
        var entry = Entry(name);
        var rows = File.ReadAllLines(Repository.PathOf("docs", "campaigns.md"))
            .Where(l => l.StartsWith("| `", StringComparison.Ordinal)
                && (l.Contains($"`{name} ", StringComparison.Ordinal) || l.Contains($"`{name}`", StringComparison.Ordinal)))
            .ToList();
        Assert.NotEmpty(rows);
        foreach (var parameter in new[] { entry.A, entry.B }.OfType<Parameter>())
        {
            Assert.Contains(rows, r => r.Contains($"{parameter.Name}=", StringComparison.Ordinal));
            if (entry.Opcode == Opcode.Raw) continue; // a hundred commands and forms, which 'compile' lists
            Assert.All(parameter.ValueNames.Skip(1), v => Assert.Contains(rows, r => r.Contains(v, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void There_is_room_for_64_operations()
    {
        Assert.True(OperationCatalogue.Count <= 64);
        for (var i = 0; i < 192; i++)
        {
            var opcode = (int)RecordCodec.DecodeOperation([(byte)i, 0, 0, 0, 0, 0, 0, 0]).Opcode;
            // What stands for an opcode of the first 32 does so whatever is added later.
            Assert.Equal(i % 64 < OperationCatalogue.Count ? i % 64 : i % 32, opcode);
        }
    }

    private static OperationEntry Entry(string name) => OperationCatalogue.All.Single(o => o.Name == name);
}
