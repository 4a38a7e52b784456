using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>What is behind a console (struct hv_ops, drivers/tty/hvc/hvc_console.h).</summary>
public interface IHvcOps
{
    /// <summary>Writes, with a spinlock held (put_chars).</summary>
    /// <returns>Bytes written, or a negative errno.</returns>
    SimTask<int> PutChars(uint vtermno, byte[] data, int count);

    /// <summary>Reads what there is (get_chars).</summary>
    /// <returns>Bytes read, or a negative errno.</returns>
    SimTask<int> GetChars(uint vtermno, byte[] buffer, int count);

    /// <summary>A terminal was opened on it (notifier_add).</summary>
    /// <returns>0 or a negative errno.</returns>
    SimTask<int> NotifierAdd(uint vtermno);
}

/// <summary>A console (struct hvc_struct, drivers/tty/hvc/hvc_console.h); as a reference count it is its tty_port.</summary>
/// <param name="world">Where it lives.</param>
public sealed class HvcStruct(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct hvc_struct";

    /// <summary>What is behind it.</summary>
    public required IHvcOps Ops { get; init; }

    /// <summary>Its number for <see cref="Ops"/>.</summary>
    internal uint Vtermno { get; init; }

    /// <summary>Its number in /dev: the N of hvcN. The next console can have it before this one is freed.</summary>
    internal int Index { get; set; }

    /// <summary>Serialises output and polling (lock).</summary>
    internal SpinLock Lock { get; } = new(world, "hp->lock");

    /// <summary>Users: the driver, and the terminal (port.kref).</summary>
    internal int RefCount { get; set; } = 1;

    /// <summary>How often it is open (port.count).</summary>
    internal int OpenCount { get; set; }

    /// <summary>The terminal that is open on it, with a reference (port.tty).</summary>
    internal Ptr<TtyStruct> Tty { get; set; }

    /// <summary>Bytes that were written and not pushed (outbuf).</summary>
    internal byte[] Outbuf { get; } = new byte[HvcConsole.OutbufSize];

    /// <summary>How many of them (n_outbuf).</summary>
    internal int OutCount { get; set; }

    /// <summary>Its node in /dev.</summary>
    internal DeviceNodes.Node? Node { get; set; }
}

/// <summary>A terminal (struct tty_struct), as much of it as a hangup touches.</summary>
/// <param name="world">Where it lives.</param>
public sealed class TtyStruct(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct tty_struct";

    /// <summary>The console below it, with a reference (driver_data).</summary>
    internal Ptr<HvcStruct> Hvc { get; init; }

    /// <summary>References (kref).</summary>
    internal int RefCount { get; set; } = 1;

    /// <summary>Files that are open on it (count, tty_files).</summary>
    internal List<TtyFile> Files { get; } = [];

    /// <summary>Serialises closing and hanging up (legacy_mutex).</summary>
    internal Mutex Lock { get; } = new(world, "tty->legacy_mutex");

    /// <summary>Bytes that wait for a reader.</summary>
    internal int Available { get; set; }

    /// <summary>Readers that wait (read_wait).</summary>
    internal WaitQueue Readers { get; } = new(world, "for input on the terminal");
}
