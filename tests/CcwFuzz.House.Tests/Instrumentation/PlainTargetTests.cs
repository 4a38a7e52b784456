using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json.Nodes;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.House.Tests.Instrumentation;

/// <summary>The engine on a target without probes.</summary>
public sealed class PlainTargetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Features_alone_guide_the_engine()
    {
        var app = new PlainContext().LoadFromAssemblyName(new AssemblyName("ccwfuzz")).GetType("CcwFuzz.Harness.HarnessApp")!;
        using var output = new StringWriter();
        string[] args = ["fuzz", "--executions", "150", "--json", "--findings", folder.Root];
        app.GetMethod("Run", BindingFlags.Public | BindingFlags.Static)!.Invoke(null, [args, output, TextWriter.Null, null, null]);
        var json = JsonNode.Parse(output.ToString())!;
        Assert.Equal(0, (int)json["edges"]!);
        Assert.True((int)json["features"]! > 1000);
        Assert.InRange((int)json["corpus"]!, 2, 149);
    }

    /// <summary>Loads the program and the target once more, the target as the compiler wrote it.</summary>
    private sealed class PlainContext() : AssemblyLoadContext(nameof(PlainContext))
    {
        protected override Assembly? Load(AssemblyName assemblyName) => assemblyName.Name switch
        {
            "CcwFuzz.Target" => LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "plain", "CcwFuzz.Target.dll")),
            "ccwfuzz" => LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "ccwfuzz.dll")),
            _ => null,
        };
    }
}
