using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>What a process reads from a disk is what was written there last.</summary>
/// <remarks>
/// For each sector the values that it may have are kept: the last that was written, and those of writes that were under way at the
/// same time, or failed, since they may have reached the disk. What was never written through this disk is not compared. Every
/// write fills a sector with one value.
/// </remarks>
/// <param name="world">Where violations go.</param>
internal sealed class DiskContentsCheck(World world)
{
    private const int SectorSize = (int)Gendisk.SectorSize;
    private readonly Dictionary<(Gendisk Disk, ulong Sector), Sector> sectors = [];

    /// <summary>A write begins.</summary>
    public void Writing(Gendisk disk, ulong first, ReadOnlySpan<byte> data)
    {
        for (var at = 0; at < data.Length; at += SectorSize)
        {
            var sector = Of(disk, first + (ulong)(at / SectorSize));
            sector.Writes++;
            sector.Possible.Add(data[at]);
        }
    }

    /// <summary>A write ended.</summary>
    public void Written(Gendisk disk, ulong first, ReadOnlySpan<byte> data, int error)
    {
        for (var at = 0; at < data.Length; at += SectorSize)
        {
            var sector = Of(disk, first + (ulong)(at / SectorSize));
            sector.WasAlone &= sector.Writes == 1 && sector.Reads == 0;
            sector.Writes--;
            if (error != 0) sector.WasAlone = false;
            if (sector.WasAlone)
            {
                sector.IsKnown = true;
                sector.Possible.Clear();
                sector.Possible.Add(data[at]);
            }
            if (sector.Writes == 0) sector.WasAlone = true;
        }
    }

    /// <summary>A read begins: what is possible from now on until its end may be what it finds.</summary>
    public void Reading(Gendisk disk, ulong first, uint length)
    {
        for (var at = 0u; at < length; at += Gendisk.SectorSize) Of(disk, first + (at / Gendisk.SectorSize)).Reads++;
    }

    /// <summary>A read ended well.</summary>
    public void ReadBack(Gendisk disk, ulong first, ReadOnlySpan<byte> data)
    {
        for (var at = 0; at < data.Length; at += SectorSize)
        {
            var number = first + (ulong)(at / SectorSize);
            var sector = Of(disk, number);
            sector.Reads--;
            if (!sector.IsKnown || sector.Possible.Contains(data[at])) continue;
            world.Note(ViolationKind.WrongResult, $"sector {number} does not read as it was written", disk.TypeName);
        }
    }

    private Sector Of(Gendisk disk, ulong number)
    {
        if (!sectors.TryGetValue((disk, number), out var sector)) sectors[(disk, number)] = sector = new Sector();
        return sector;
    }

    private sealed class Sector
    {
        public HashSet<byte> Possible { get; } = [];

        public bool IsKnown { get; set; }

        public bool WasAlone { get; set; } = true;

        public int Writes { get; set; }

        public int Reads { get; set; }
    }
}
