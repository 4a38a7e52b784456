using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Kernel;

namespace CcwFuzz.Target.Campaigns;

/// <summary>One operation of a campaign, with arguments that are in range.</summary>
/// <remarks>
/// What <see cref="A"/> and <see cref="B"/> mean depends on the opcode (see <see cref="OperationCatalogue"/>); read them through the
/// named properties. An argument that the opcode does not have is 0, so that equal operations are equal values.
/// </remarks>
/// <param name="Opcode">What it does.</param>
/// <param name="Slot">Which device it is about, 0 to 3; 0 for operations that concern the whole machine.</param>
/// <param name="A">First argument.</param>
/// <param name="B">Second argument.</param>
/// <param name="Run">When the next operation starts; see <see cref="WaitsUntilQuiet"/>.</param>
public readonly record struct Operation(Opcode Opcode, byte Slot = 0, ushort A = 0, ushort B = 0, ushort Run = 0)
{
    /// <summary>Ports of an adapter that campaigns use.</summary>
    public const int Ports = 4;

    /// <summary>Number of device slots.</summary>
    public const int Slots = 4;

    /// <summary>Device number of the device that is usually in a slot.</summary>
    public static ushort UsualDevno(int slot) => (ushort)(0x1234 + ((slot % Slots) * 0x100));

    /// <summary>Whether the next operation starts only when nothing can run any more.</summary>
    public bool WaitsUntilQuiet => Run == 0;

    /// <summary>
    /// How many scheduling points are passed before the next operation starts, 0 for at once; -1 until everything is quiet
    /// (the argument of <see cref="Simulation.Scheduler.Run"/>).
    /// </summary>
    public int Points => Run - 1;

    /// <summary>plug: which type of device.</summary>
    public DeviceType Type => (DeviceType)A;

    /// <summary>plug: the device number. It can be the usual one of another slot: a device that moved, or a clash.</summary>
    public ushort Devno => UsualDevno(Slot + B);

    /// <summary>read, write: first sector of 512 bytes; bytes of the generator have no sectors.</summary>
    public int Sector => A;

    /// <summary>read, write: number of sectors; for a generator multiples of 512 bytes.</summary>
    public int Sectors => B;

    /// <summary>kick: number of the queue; the device may not have it.</summary>
    public int Queue => A;

    /// <summary>config-change: pages of 4 KiB that the host wants a balloon to hold; other devices have no size that it sets.</summary>
    public uint Pages => A;

    /// <summary>crowd: number of bits.</summary>
    public int Bits => A;

    /// <summary>kick: what is named.</summary>
    public KickTarget KickTarget => (KickTarget)B;

    /// <summary>stall, complete: what is held back.</summary>
    public HeldPart Part => (HeldPart)A;

    /// <summary>complete: what comes of reads and writes.</summary>
    public Hypervisor.BackEndResult Result => (Hypervisor.BackEndResult)B;

    /// <summary>raw: the command.</summary>
    public RawCommand RawCommand => (RawCommand)A;

    /// <summary>raw: in which way the channel program is right or wrong.</summary>
    public RawForm RawForm => (RawForm)B;

    /// <summary>interrupt: which one.</summary>
    public UnsolicitedInterrupt Interrupt => (UnsolicitedInterrupt)A;

    /// <summary>port: what happens to it.</summary>
    public SerialPortAction PortAction => (SerialPortAction)A;

    /// <summary>port: its number on the adapter; number 0 is a console.</summary>
    public int Port => (B + 1) % Ports;

    /// <summary>online: whether "force" is written instead of "1".</summary>
    public bool IsForced => A != 0;

    /// <summary>vary: on or off.</summary>
    public bool IsOn => A != 0;

    /// <summary>cio-ignore: what is written.</summary>
    public IgnoreAction Ignore => (IgnoreAction)A;

    /// <summary>keeper-io: what is started or stopped.</summary>
    public Linux.Drivers.Keeper.KeeperIo KeeperIo => (Linux.Drivers.Keeper.KeeperIo)A;

    /// <summary>reset: whether the guest shuts its devices down before, as for a kexec.</summary>
    public bool IsOrderly => A != 0;

    /// <summary>sysfs-read: whether the device numbers of all subchannels are read (dev_busid) and not the device's status.</summary>
    public bool OfSubchannels => A != 0;

    /// <summary>wait: virtual milliseconds.</summary>
    public int Milliseconds => A;
}

/// <summary>An allocation that fails.</summary>
/// <param name="Operation">Number of the operation it belongs to.</param>
/// <param name="Kind">Which allocator.</param>
/// <param name="Allocation">Which allocation of this kind since that operation started, from 1.</param>
public readonly record struct Fault(int Operation, AllocationKind Kind, int Allocation);
