using System.Diagnostics;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>The process whose number afl-fuzz is told as that of the child, and which it kills after a timeout.</summary>
internal interface IChild : IDisposable
{
    /// <summary>Number of the process.</summary>
    int Id { get; }

    /// <summary>Whether afl-fuzz let it live.</summary>
    bool IsAlive { get; }

    /// <summary>Puts a new one in the place of a dead one.</summary>
    void Renew();
}

/// <summary>A process that does nothing but be killed in our place.</summary>
/// <remarks>
/// Fork server and child are one process here. If afl-fuzz killed it for an execution that met a busy machine, it would have
/// nobody to talk to and end the campaign. It ends with us: its standard input is a pipe from this process.
/// </remarks>
internal sealed class StandIn : IChild
{
    private Process process = Start();

    /// <inheritdoc/>
    public int Id { get; private set; }

    /// <inheritdoc/>
    public bool IsAlive => !process.HasExited;

    /// <summary>Starts it.</summary>
    public StandIn() => Id = process.Id;

    /// <inheritdoc/>
    public void Renew()
    {
        process.Dispose();
        process = Start();
        Id = process.Id;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsAlive) process.Kill();
        process.Dispose();
    }

    private static Process Start() =>
        Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!;
}
