using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>What observers of disks that processes read and write are told at the moment it happens.</summary>
/// <remarks>They change nothing, and nothing depends on them.</remarks>
public interface IDiskWatch
{
    /// <summary>A process begins to write a disk.</summary>
    void Writing(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data);

    /// <summary>The write ended.</summary>
    void Written(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data, int error);

    /// <summary>A process begins to read a disk.</summary>
    void Reading(Ptr<Gendisk> disk, ulong sector, uint length);

    /// <summary>It read a disk successfully.</summary>
    void ReadBack(Ptr<Gendisk> disk, ulong sector, ReadOnlySpan<byte> data);
}
