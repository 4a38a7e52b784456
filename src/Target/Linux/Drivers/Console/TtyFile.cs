using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>A terminal that a process has open.</summary>
/// <param name="consoles">The consoles.</param>
/// <param name="tty">The terminal.</param>
/// <param name="name">Name of its node.</param>
internal sealed class TtyFile(HvcConsole consoles, Ptr<TtyStruct> tty, string name) : OpenFile
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <summary>It was hung up: reads end, and writes fail (tty_hung_up_p).</summary>
    public bool IsHungUp { get; set; }

    /// <inheritdoc/>
    public override SimTask<int> Read(ulong sector, byte[] buffer, int length) => consoles.Read(tty, this, length);

    /// <inheritdoc/>
    public override SimTask<int> Write(ulong sector, byte[] data, int length) => consoles.Write(tty, this, data, length);

    /// <inheritdoc/>
    public override SimTask Close() => consoles.Release(tty, this);
}
