using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Keeper;

/// <summary>What the keeper does with a channel program.</summary>
public enum KeeperIo
{
    /// <summary>Starts a NO-OP that is killed after ten seconds.</summary>
    Start,
    /// <summary>Starts a program that suspends itself at its first command, killed after ten seconds.</summary>
    Suspend,
    /// <summary>Halts what runs.</summary>
    Halt,
    /// <summary>Clears what runs.</summary>
    Clear,
}

/// <summary>A ccw driver that keeps devices that are gone, groups paths and times its I/O, as the DASD driver does.</summary>
/// <remarks>
/// A module that names the same control unit as virtio_ccw and is loaded after it: the driver core prefers virtio_ccw, so a
/// device gets this one only through its attribute bind. Its callbacks answer as dasd_generic_notify() (drivers/s390/block/dasd.c)
/// does. It never waits. So if a task waits for ever, it does so in the common I/O layer. Its channel program lies in a page of its own.
/// </remarks>
public sealed class KeeperDriver : CcwDriver
{
    private const uint Intparm = 0x4b45;
    private const long Expires = 10_000;
    private const byte Noop = 0x03;
    private const byte FlagSli = 0x20;
    private const byte FlagSuspend = 0x02;
    private readonly GuestKernel k;
    private readonly CioSubsystem cio;
    private uint program;

    /// <summary>Registers it with the ccw bus.</summary>
    public KeeperDriver(GuestKernel kernel, CioSubsystem cio) : base("keeper")
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(cio);
        k = kernel;
        this.cio = cio;
        cio.RegisterDriver(this);
    }

    /// <inheritdoc/>
    public override ushort CuType => 0x3832;

    /// <summary>What it was told, in order; paths as masks.</summary>
    public List<string> Told { get; } = [];

    /// <summary>Models keeper_probe(): binds: options as the DASD driver sets them.</summary>
    public override SimTask<int> Probe(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("keeper_probe");
        if (program == 0) program = k.Memory.Allocate(2 * GuestMemory.Granule, "channel program of the keeper", GuestMemory.Granule);
        if (program == 0) return -Errno.ENOMEM;
        cdev.Write().Handler = Handle;
        cdev.Read().Private.Write().Options =
            CcwDeviceOptions.DoPathGroup | CcwDeviceOptions.DoMultipath | CcwDeviceOptions.AllowForce;
        return 0;
    }

    /// <summary>Models keeper_remove(): unbinds.</summary>
    public override SimTask Remove(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("keeper_remove");
        cdev.Write().Handler = null;
        return SimTask.Done;
    }

    /// <inheritdoc/>
    public override SimTask<int> SetOnline(Ptr<CcwDevice> cdev) => 0;

    /// <inheritdoc/>
    public override SimTask<int> SetOffline(Ptr<CcwDevice> cdev) => 0;

    /// <summary>Models keeper_notify(): keeps the device, whatever happened to it.</summary>
    public override bool Notify(Ptr<CcwDevice> cdev, CioEvent happened)
    {
        using var frame = k.Enter("keeper_notify");
        Tell($"{happened}");
        return true;
    }

    /// <summary>Models keeper_path_event().</summary>
    public override void PathEvent(Ptr<CcwDevice> cdev, byte gone, byte available)
    {
        using var frame = k.Enter("keeper_path_event");
        if (gone != 0 || available != 0) Tell($"paths gone {gone:x2} available {available:x2}");
    }

    /// <summary>Models keeper_do_io(): starts or stops a channel program; nobody waits for its end.</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> DoIo(Ptr<CcwDevice> cdev, KeeperIo what)
    {
        using var frame = k.Enter("keeper_do_io");
        await cio.LockCcw(cdev);
        var result = -Errno.ENODEV;
        // The layer forgets the driver later than the driver the device.
        if (ReferenceEquals(cdev.Read().Drv, this) && cdev.Read().Handler is not null)
        {
            result = what switch
            {
                KeeperIo.Halt => cio.DeviceOps.Halt(cdev, Intparm),
                KeeperIo.Clear => cio.DeviceOps.Clear(cdev, Intparm),
                _ => await Start(cdev, what == KeeperIo.Suspend),
            };
        }
        await cio.UnlockCcw(cdev);
        return result;
    }

    private SimTask<int> Start(Ptr<CcwDevice> cdev, bool suspend)
    {
        // Two programs, so that a suspended one stays as it is.
        var at = suspend ? program + GuestMemory.Granule : program;
        k.Memory.Write8(at, Noop);
        k.Memory.Write8(at + 1, (byte)(FlagSli | (suspend ? FlagSuspend : 0)));
        k.Memory.Write16(at + 2, 0);
        k.Memory.Write32(at + 4, 0);
        return cio.DeviceOps.Start(cdev, at, Intparm, Expires, suspend);
    }

    /// <summary>Models keeper_int_handler(): counts the interrupts that come, and does nothing else.</summary>
    private SimTask Handle(Ptr<CcwDevice> cdev, uint intparm, InterruptStatus status)
    {
        using var frame = k.Enter("keeper_int_handler");
        Tell(status.Error != 0 ? $"I/O ended with {status.Error}" : $"interrupt stctl={status.Stctl:x2} cc={status.Cc}");
        return SimTask.Done;
    }

    private void Tell(string what)
    {
        Told.Add(what);
        if (k.World.Trace.On) k.World.Trace.Add(TraceKind.Log, $"keeper: {what}");
    }
}
