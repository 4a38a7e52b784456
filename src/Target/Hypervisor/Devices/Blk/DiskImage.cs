using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Blk;

/// <summary>The medium of a disk: 64 KiB that read as a known pattern until they are written.</summary>
/// <remarks>Kept across executions; starting anew costs as much as was written.</remarks>
public sealed class DiskImage
{
    /// <summary>Bytes per sector.</summary>
    public const int SectorSize = 512;

    /// <summary>Sectors that the medium can have at most.</summary>
    public const int MaxSectors = 128;

    private const int ChunkSize = 4096;
    private readonly byte[] bytes = new byte[MaxSectors * SectorSize];
    private readonly bool[] written = new bool[MaxSectors * SectorSize / ChunkSize];

    /// <summary>Creates a medium that was never written.</summary>
    public DiskImage()
    {
        for (var i = 0; i < bytes.Length; i++) bytes[i] = Pattern(i);
    }

    /// <summary>Sectors that it shows now.</summary>
    public uint Sectors { get; internal set; } = MaxSectors;

    /// <summary>What a byte is before it is written.</summary>
    public static byte Pattern(int offset) => (byte)((offset / SectorSize * 7) + (offset * 13) + 1);

    /// <summary>Whether a range is inside (virtio_blk_sect_range_ok, check_lba_range).</summary>
    public bool Contains(ulong sector, ulong count) => sector <= Sectors && count <= Sectors - sector;

    /// <summary>Bytes from a sector on.</summary>
    public ReadOnlySpan<byte> Read(ulong sector, ulong length) => bytes.AsSpan((int)sector * SectorSize, (int)length);

    /// <summary>Bytes from a sector on, to be written.</summary>
    public Span<byte> Write(ulong sector, ulong length)
    {
        var start = (int)sector * SectorSize;
        for (var chunk = start / ChunkSize; chunk * ChunkSize < start + (int)length; chunk++) written[chunk] = true;
        return bytes.AsSpan(start, (int)length);
    }

    [Uncounted]
    internal void Reset()
    {
        Sectors = MaxSectors;
        for (var chunk = 0; chunk < written.Length; chunk++)
        {
            if (!written[chunk]) continue;
            written[chunk] = false;
            for (var i = chunk * ChunkSize; i < (chunk + 1) * ChunkSize; i++) bytes[i] = Pattern(i);
        }
    }
}
