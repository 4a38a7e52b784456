namespace CcwFuzz.Harness.Contract;

/// <summary>The program that runs now.</summary>
internal static class OwnProgram
{
    private const string Name = "ccwfuzz";

    /// <summary>What starts it once more: its own executable, or dotnet with its assembly.</summary>
    public static (string Program, string? First) Start()
    {
        var running = Environment.ProcessPath ?? "dotnet";
        var assembly = Path.Combine(AppContext.BaseDirectory, Name + ".dll");
        return Path.GetFileNameWithoutExtension(running) == Name ? (running, null) : (running, assembly);
    }
}
