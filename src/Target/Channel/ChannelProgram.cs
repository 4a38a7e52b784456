using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Channel;

/// <summary>Runs channel programs (css_interpret_ccw and sch_handle_start_func_virtual, css.c).</summary>
/// <param name="channel">Whose programs.</param>
internal sealed class ChannelProgram(ChannelSubsystem channel)
{
    // QEMU follows NOOP and TIC in a circle for ever, with the big lock held.
    private const int CcwLimit = 65536;
    private const int NoDataLimit = 255;
    private const byte OnlyPath = 0x80;
    private const int SenseIdLength = 256;
    private readonly World world = channel.World;
    private readonly GuestMemory memory = channel.Memory;
    private readonly byte[] senseId = new byte[SenseIdLength];

    /// <summary>Whether a channel program that has run too many CCWs ends with a program check.</summary>
    public bool HasLimit { get; set; }

    /// <summary>Models sch_handle_start_func_virtual(): performs the start function, for START and RESUME SUBCHANNEL.</summary>
    public void Start(HostSubchannel sch)
    {
        using var _ = world.Enter("sch_handle_start_func_virtual");
        ref var scsw = ref sch.Status.Scsw;
        var suspendAllowed = true;
        if ((scsw.Control & ScswControl.Suspended) == 0)
        {
            scsw.SubchannelStatus = SubchannelStatus.None;
            scsw.DeviceStatus = DeviceStatus.None;
            sch.Status.Pmcw.InterruptionParameter = sch.Orb.InterruptionParameter;
            if ((sch.Orb.Lpm & OnlyPath) == 0)
            {
                scsw.Flags |= ScswFlags.DeferredCcMask;
                SetStatus(ref scsw, ScswControl.Alert);
                return;
            }
            sch.Format1 = (sch.Orb.Control & OrbControl.Format) != 0;
            if (sch.Format1) scsw.Flags |= ScswFlags.Format;
            sch.NoDataCount = 0;
            suspendAllowed = (sch.Orb.Control & OrbControl.Suspend) != 0;
        }
        else
        {
            scsw.Control &= ~(ScswControl.Suspended | ScswControl.ResumePending);
        }
        sch.LastCommandValid = false;
        var ccws = 0;
        int result;
        do
        {
            if (ccws++ == CcwLimit)
            {
                if (!HasLimit)
                    world.Fail(ViolationKind.HostAssert, "the host never leaves a channel program that loops", "struct SubchDev");
                result = -Errno.EINVAL;
                break;
            }
            result = Interpret(sch, suspendAllowed);
        }
        while (result == -Errno.EAGAIN);
        End(sch, result);
    }

    private static void SetStatus(ref Scsw scsw, ScswControl status) =>
        scsw.Control = (scsw.Control & ~ScswControl.StatusMask) | status | ScswControl.StatusPending;

    private void End(HostSubchannel sch, int result)
    {
        ref var scsw = ref sch.Status.Scsw;
        if (result != -Errno.EINPROGRESS) (sch.Ended, sch.EndedWith) = (sch.Starts, result);
        if (result == -Errno.EIO) return; // the device has set the status itself
        scsw.Control &= ~ScswControl.StartPending;
        if (result == -Errno.EINPROGRESS)
        {
            scsw.Control |= ScswControl.Suspended;
            return;
        }
        scsw.Cpa = (uint)(sch.ChannelProgram + Ccw.Size);
        switch (result)
        {
            case 0:
                scsw.DeviceStatus = DeviceStatus.ChannelEnd | DeviceStatus.DeviceEnd;
                SetStatus(ref scsw, ScswControl.Primary | ScswControl.Secondary);
                break;
            case -Errno.ENOSYS:
                scsw.DeviceStatus = DeviceStatus.UnitCheck;
                sch.Sense[0] = SenseBytes.CommandReject;
                SetStatus(ref scsw, ScswControl.Primary | ScswControl.Secondary | ScswControl.Alert);
                break;
            default:
                scsw.SubchannelStatus = result == -Errno.EFAULT && channel.Variant.Has(Defects.FaultIsDataCheck)
                    ? SubchannelStatus.ChannelDataCheck
                    : SubchannelStatus.ProgramCheck;
                SetStatus(ref scsw, ScswControl.Primary | ScswControl.Secondary | ScswControl.Alert);
                break;
        }
    }

    /// <summary>Models css_interpret_ccw(): fetches and performs the current CCW.</summary>
    /// <returns>0 at the end of the chain, -EAGAIN to go on, or why the program ends.</returns>
    private int Interpret(HostSubchannel sch, bool suspendAllowed)
    {
        using var _ = world.Enter("css_interpret_ccw");
        if (sch.ChannelProgram == 0 && channel.Variant.Has(Defects.NullCcwEio)) return -Errno.EIO;
        if (!TryFetch(sch, out var ccw)) return -Errno.EINVAL;
        if ((ccw.Flags & CcwFlags.Suspend) != 0) return suspendAllowed ? -Errno.EINPROGRESS : -Errno.EINVAL;
        if (ccw.Cda == 0 && sch.NoDataCount++ == NoDataLimit)
        {
            sch.NoDataCount = NoDataLimit;
            return -Errno.EINVAL;
        }
        sch.Data.Start(in ccw, in sch.Orb, hasLimit: !channel.Variant.Has(Defects.DataAddress));
        var result = Perform(sch, in ccw);
        sch.LastCommand = ccw;
        sch.LastCommandValid = true;
        if (result != 0 || (ccw.Flags & CcwFlags.ChainCommand) == 0) return result;
        sch.ChannelProgram += Ccw.Size;
        return -Errno.EAGAIN;
    }

    private bool TryFetch(HostSubchannel sch, out Ccw ccw)
    {
        ccw = default;
        var address = sch.ChannelProgram;
        if (address == 0) return false;
        var isGood = (address & (sch.Format1 ? 0x8000_0007UL : 0xff00_0007UL)) == 0;
        if (!isGood && !channel.Variant.Has(Defects.CcwAddress)) return false;
        // What is not RAM reads as zeros, and command 0 is invalid.
        if (!memory.TryHostRead(address, Ccw.Size, out var bytes)) return false;
        ccw = Ccw.Parse(bytes, sch.Format1, cleansTic: !channel.Variant.Has(Defects.Format0Tic));
        if ((ccw.Command & 0x0f) == 0) return false;
        if ((ccw.Command & 0x0f) == CcwCommand.Tic && (ccw.Command & 0xf0) != 0 && !channel.Variant.Has(Defects.TicBits)) return false;
        if (!sch.Format1 && ccw.Count == 0 && ccw.Command != CcwCommand.Tic) return false;
        return (ccw.Flags & CcwFlags.ModifiedIndirectData) == 0;
    }

    private int Perform(HostSubchannel sch, in Ccw ccw)
    {
        switch (ccw.Command)
        {
            case CcwCommand.Noop:
                return 0;
            case CcwCommand.BasicSense:
                return BasicSense(sch, in ccw);
            case CcwCommand.SenseId:
                return SenseId(sch, in ccw);
            case CcwCommand.Tic:
                if (sch.LastCommandValid && sch.LastCommand.Command == CcwCommand.Tic) return -Errno.EINVAL;
                if (!IsTicClean(in ccw)) return -Errno.EINVAL;
                sch.ChannelProgram = ccw.Cda;
                return -Errno.EAGAIN;
            default:
                return sch.Device?.InterpretCommand(sch, in ccw) ?? -Errno.ENOSYS;
        }
    }

    private bool IsTicClean(in Ccw ccw) => channel.Variant.Has(Defects.TicBits)
        ? (ccw.Flags & (CcwFlags.ChainCommand | CcwFlags.ChainData)) == 0
        : ccw.Flags == 0 && ccw.Count == 0;

    private static int BasicSense(HostSubchannel sch, in Ccw ccw)
    {
        if (ccw.ChecksLength && ccw.Count != SenseBytes.Length) return -Errno.EINVAL;
        ReadOnlySpan<byte> sense = sch.Sense;
        var result = sch.Data.Write(sense[..Math.Min((int)ccw.Count, SenseBytes.Length)]);
        sch.Status.Scsw.Count = sch.Data.ResidualCount;
        if (result == 0) sch.Sense = default;
        return result;
    }

    private int SenseId(HostSubchannel sch, in Ccw ccw)
    {
        if (ccw.ChecksLength && ccw.Count != SenseIdLength) return -Errno.EINVAL;
        var length = Math.Min((int)ccw.Count, SenseIdLength);
        // 0xff says that bytes 0 to 3 are there; everything behind the model is zero for virtio.
        senseId[0] = length >= 4 ? (byte)0xff : (byte)0;
        senseId[1] = (byte)(sch.CuType >> 8);
        senseId[2] = (byte)sch.CuType;
        senseId[3] = sch.CuModel;
        var result = sch.Data.Write(senseId.AsSpan(0, length));
        if (result == 0) sch.Status.Scsw.Count = sch.Data.ResidualCount;
        return result;
    }
}
