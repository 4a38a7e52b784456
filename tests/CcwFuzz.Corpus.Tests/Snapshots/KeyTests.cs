using System.Reflection;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Snapshots;

/// <summary>The key of a finding does not depend on how Target is written: renaming a method or moving a class changes nothing.</summary>
public sealed class KeyTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void No_name_of_Target_is_in_what_a_key_is_made_of()
    {
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (var type in typeof(FuzzTarget).Assembly.GetTypes())
        {
            own.Add(type.FullName ?? type.Name);
            if (type.Namespace is { } space) own.Add(space);
            foreach (var method in type.GetMethods(Everything)) own.Add(method.Name);
        }
        var found = 0;
        foreach (var key in StoredFinding.Keys(Repository.PathOf("findings")))
        {
            if (StoredFinding.Open(Repository.PathOf("findings", key)).Record?.Violation is not { } violation) continue;
            foreach (var chain in new[] { violation.Access, violation.Allocation, violation.Free }.OfType<ChainRecord>())
            {
                foreach (var function in chain.Functions) Assert.DoesNotContain(function, own);
                found += chain.Functions.Count;
            }
        }
        Assert.True(found > 0);
        Assert.Contains("CcwFuzz.Target.FuzzTarget", own);
    }
}
