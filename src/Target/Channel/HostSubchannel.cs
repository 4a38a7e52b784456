using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Channel;

/// <summary>The host's side of one subchannel (struct SubchDev, include/hw/s390x/css.h).</summary>
/// <remarks>Owned by the device behind it; the channel subsystem's table only refers to it.</remarks>
public sealed class HostSubchannel
{
    private Schib status;
    private Orb orb;
    private SenseBytes sense;

    internal HostSubchannel(GuestMemory memory) => Data = new CcwDataStream(memory);

    /// <summary>Channel subsystem image, 0xfe.</summary>
    public byte Cssid { get; internal set; }

    /// <summary>Subchannel set.</summary>
    public byte Ssid { get; internal set; }

    /// <summary>Subchannel number.</summary>
    public ushort Schid { get; internal set; }

    /// <summary>Device number.</summary>
    public ushort Devno { get; internal set; }

    /// <summary>Its name as the host says it, e.g. fe.0.0000.</summary>
    public SubchannelId HostId => new(Cssid, Ssid, Schid);

    /// <summary>Its name as the guest says it, e.g. 0.0.0000.</summary>
    public SubchannelId GuestId => new(0, Ssid, Schid);

    /// <summary>Whether it is in the channel subsystem's table; false after its device was unplugged.</summary>
    public bool IsAssigned { get; internal set; }

    /// <summary>The device behind it (driver_data and the callbacks).</summary>
    public ISubchannelDevice? Device { get; internal set; }

    /// <summary>Control unit type for SENSE ID, 0x3832 for virtio.</summary>
    public ushort CuType { get; set; }

    /// <summary>Control unit model for SENSE ID: the virtio device id.</summary>
    public byte CuModel { get; set; }

    /// <summary>Whether queues are signalled by adapter interrupts (thinint_active).</summary>
    public bool IsThinint { get; set; }

    /// <summary>The transfer area of the current CCW.</summary>
    public CcwDataStream Data { get; }

    /// <summary>PMCW and SCSW as they are now (curr_status).</summary>
    public ref Schib Status => ref status;

    /// <summary>The block of the last accepted START SUBCHANNEL.</summary>
    public ref readonly Orb Orb => ref orb;

    /// <summary>Sense data, for BASIC SENSE or concurrent sense.</summary>
    public ref SenseBytes Sense => ref sense;

    /// <summary>START SUBCHANNEL instructions that were accepted; for observers.</summary>
    internal int Starts { get; set; }

    /// <summary>The number of the last one whose program ended; for observers.</summary>
    internal int Ended { get; set; }

    /// <summary>How it ended: 0 or a negative errno; for observers.</summary>
    internal int EndedWith { get; set; }

    /// <summary>Functions were held back: the program may have given up; for observers.</summary>
    internal bool WasHeld { get; set; }

    /// <summary>Address of the current CCW (channel_prog).</summary>
    internal ulong ChannelProgram { get; set; }

    /// <summary>The CCW before the current one.</summary>
    internal Ccw LastCommand { get; set; }

    /// <summary>Whether there was one.</summary>
    internal bool LastCommandValid { get; set; }

    /// <summary>Whether the program consists of format-1 CCWs.</summary>
    internal bool Format1 { get; set; }

    /// <summary>CCWs without a data address seen in this program.</summary>
    internal int NoDataCount { get; set; }

    /// <summary>A function was accepted and is still to be performed; only when the host defers.</summary>
    internal bool IsWorkQueued { get; set; }

    /// <summary>Functions stay pending until the host is told to go on; only when it defers.</summary>
    internal bool IsHeld { get; set; }

    /// <summary>Unsolicited status waits for the end of a function; only when the host defers.</summary>
    internal bool IsUnsolicitedWithheld { get; set; }

    /// <summary>Performs the pending function, in a host context; made at the first use.</summary>
    internal Func<SimTask>? PerformLater { get; set; }

    /// <summary>Whether a device is there and the subchannel enabled: the test before cc 3.</summary>
    internal bool IsOperational => status.Pmcw.IsDeviceNumberValid && status.Pmcw.IsEnabled;

    internal void SetOrb(in Orb value) => orb = value;

    internal void Clear()
    {
        status = default;
        orb = default;
        sense = default;
        Device = null;
        CuType = 0;
        CuModel = 0;
        IsThinint = false;
        ChannelProgram = 0;
        LastCommand = default;
        LastCommandValid = false;
        Format1 = false;
        NoDataCount = 0;
        Starts = Ended = EndedWith = 0;
        WasHeld = false;
        IsWorkQueued = IsHeld = IsUnsolicitedWithheld = false;
    }
}
