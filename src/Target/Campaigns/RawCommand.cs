using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;

namespace CcwFuzz.Target.Campaigns;

/// <summary>The command of a raw channel program.</summary>
public enum RawCommand
{
    /// <summary>No operation.</summary>
    Noop,
    /// <summary>Basic sense.</summary>
    Sense,
    /// <summary>Sense id.</summary>
    SenseId,
    /// <summary>SET VIRTQUEUE.</summary>
    SetVq,
    /// <summary>RESET DEVICE.</summary>
    VdevReset,
    /// <summary>READ FEATURES.</summary>
    ReadFeat,
    /// <summary>WRITE FEATURES.</summary>
    WriteFeat,
    /// <summary>READ CONFIGURATION.</summary>
    ReadConf,
    /// <summary>WRITE CONFIGURATION.</summary>
    WriteConf,
    /// <summary>READ STATUS.</summary>
    ReadStatus,
    /// <summary>WRITE STATUS.</summary>
    WriteStatus,
    /// <summary>SET INDICATORS.</summary>
    SetInd,
    /// <summary>SET CONFIGURATION INDICATORS.</summary>
    SetConfInd,
    /// <summary>READ VIRTQUEUE CONFIGURATION.</summary>
    ReadVqConf,
    /// <summary>SET ADAPTER INDICATORS.</summary>
    SetIndAdapter,
    /// <summary>SET REVISION.</summary>
    SetRev,
    /// <summary>A command that nobody knows.</summary>
    Unknown,
}

/// <summary>In which way a raw channel program is right or wrong. Where nothing else is said, the count is right and checked.</summary>
public enum RawForm
{
    /// <summary>As a driver does it: one format-1 CCW.</summary>
    Right,
    /// <summary>The payload has a value that the device refuses, or has to cope with.</summary>
    Wrong,
    /// <summary>SET VIRTQUEUE with a size that the device refuses.</summary>
    Size,
    /// <summary>One byte too few.</summary>
    Short,
    /// <summary>One byte too few, length suppressed.</summary>
    ShortSli,
    /// <summary>Eight bytes too many.</summary>
    Long,
    /// <summary>Eight bytes too many, length suppressed.</summary>
    LongSli,
    /// <summary>Eight bytes too many, length suppressed, data chaining: the length is checked all the same.</summary>
    DataChained,
    /// <summary>Count zero.</summary>
    Empty,
    /// <summary>Data address zero.</summary>
    NoAddress,
    /// <summary>Data address without memory.</summary>
    NoRam,
    /// <summary>Format 0.</summary>
    Format0,
    /// <summary>Format 0 with count zero.</summary>
    Format0Empty,
    /// <summary>After a NOOP, by command chaining.</summary>
    Chained,
    /// <summary>After a NOOP and a transfer in channel.</summary>
    Tic,
    /// <summary>Two transfers in channel in a row.</summary>
    TicTic,
    /// <summary>A transfer in channel with a count.</summary>
    TicCount,
    /// <summary>A NOOP with a data address, and a transfer back to it.</summary>
    Loop,
    /// <summary>The same without a data address.</summary>
    LoopEmpty,
    /// <summary>SKIP.</summary>
    Skip,
    /// <summary>Program-controlled interruption.</summary>
    Pci,
    /// <summary>Modified indirect data addresses.</summary>
    Mida,
    /// <summary>Indirect data addresses of format 1.</summary>
    Ida1,
    /// <summary>Indirect data addresses of format 2; the data crosses a block of 4 KiB.</summary>
    Ida2,
    /// <summary>The same with blocks of 2 KiB.</summary>
    Ida2Small,
    /// <summary>A list of indirect data addresses that is not aligned.</summary>
    IdaMisaligned,
    /// <summary>Suspended before the command, then resumed.</summary>
    Suspend,
    /// <summary>Suspend flag without the ORB's leave.</summary>
    SuspendRefused,
    /// <summary>Suspended, then cancelled.</summary>
    Cancel,
    /// <summary>Suspended, then halted.</summary>
    Halt,
    /// <summary>Suspended, then cleared.</summary>
    Clear,
    /// <summary>The program is not on a doubleword.</summary>
    Misaligned,
    /// <summary>Channel program address zero.</summary>
    NoProgram,
    /// <summary>No path in the ORB's mask.</summary>
    NoPath,
    /// <summary>A reserved bit in the ORB.</summary>
    BadOrb,
    /// <summary>CANCEL SUBCHANNEL is issued when status is pending already, and once more when none is.</summary>
    CancelLate,
    /// <summary>With concurrent sense.</summary>
    Concurrent,
    /// <summary>Format 0; the data crosses 16 MiB, the highest address of that format.</summary>
    Format0Far,
    /// <summary>Format 0, after a NOOP and a transfer in channel whose second word means nothing.</summary>
    Format0Tic,
    /// <summary>The command follows a STORE SUBCHANNEL for each number up to the first that has no subchannel.</summary>
    Scan,
    /// <summary>SET VIRTQUEUE without a descriptor table, but with the other two parts of the ring.</summary>
    NoRing,
    /// <summary>SET VIRTQUEUE with one buffer in the ring that the device may use.</summary>
    Filled,
}

/// <summary>Names and codes of raw channel programs.</summary>
public static class RawNames
{
    private static readonly byte[] Codes =
    [
        CcwCommand.Noop, CcwCommand.BasicSense, CcwCommand.SenseId, VirtioCcwCommand.SetVq, VirtioCcwCommand.VdevReset,
        VirtioCcwCommand.ReadFeat, VirtioCcwCommand.WriteFeat, VirtioCcwCommand.ReadConf, VirtioCcwCommand.WriteConf,
        VirtioCcwCommand.ReadStatus, VirtioCcwCommand.WriteStatus, VirtioCcwCommand.SetInd, VirtioCcwCommand.SetConfInd,
        VirtioCcwCommand.ReadVqConf, VirtioCcwCommand.SetIndAdapter, VirtioCcwCommand.SetVirtioRev, 0x77,
    ];

    /// <summary>Names of the commands in text; the index is the <see cref="RawCommand"/>.</summary>
    public static IReadOnlyList<string> Commands { get; } =
    [
        "noop", "sense", "sense-id", "set-vq", "vdev-reset", "read-feat", "write-feat", "read-conf", "write-conf", "read-status",
        "write-status", "set-ind", "set-conf-ind", "read-vq-conf", "set-ind-adapter", "set-rev", "unknown",
    ];

    /// <summary>Names of the forms in text; the index is the <see cref="RawForm"/>.</summary>
    public static IReadOnlyList<string> Forms { get; } =
    [
        "right", "wrong", "size", "short", "short-sli", "long", "long-sli", "data-chained", "empty", "no-address", "no-ram",
        "format0", "format0-empty", "chained", "tic", "tic-tic", "tic-count", "loop", "loop-empty", "skip", "pci", "mida",
        "ida1", "ida2", "ida2-2k", "ida-misaligned", "suspend", "suspend-refused", "cancel", "halt", "clear", "misaligned",
        "no-program", "no-path", "bad-orb", "cancel-late", "concurrent", "format0-far", "format0-tic", "scan", "no-ring", "filled",
    ];

    /// <summary>The command code.</summary>
    public static byte CodeOf(RawCommand command) => Codes[(int)command];
}
