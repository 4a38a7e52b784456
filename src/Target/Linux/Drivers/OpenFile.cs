using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers;

/// <summary>A device node that a process holds open (struct file). Its calls run in the process's context.</summary>
public abstract class OpenFile
{
    /// <summary>Name of the node, e.g. "/dev/vda".</summary>
    public abstract string Name { get; }

    /// <summary>Reads, waiting until the device delivered; disks are read without the page cache.</summary>
    /// <param name="sector">Where, in sectors of 512 bytes; means nothing to a character device.</param>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="length">How many, a multiple of 512 for disks.</param>
    /// <returns>The number of bytes, 0 at the end, or a negative errno.</returns>
    public abstract SimTask<int> Read(ulong sector, byte[] buffer, int length);

    /// <summary>Writes, waiting until the device has it.</summary>
    /// <param name="sector">Where, in sectors of 512 bytes.</param>
    /// <param name="data">The bytes.</param>
    /// <param name="length">How many, a multiple of 512.</param>
    /// <returns>The number of bytes, or a negative errno.</returns>
    public abstract SimTask<int> Write(ulong sector, byte[] data, int length);

    /// <summary>Closes it; drops what the open file pinned.</summary>
    public abstract SimTask Close();
}
