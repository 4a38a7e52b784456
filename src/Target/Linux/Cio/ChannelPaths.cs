using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Which channel paths lead to a device (struct chsc_ssd_info, chsc.h).</summary>
/// <param name="PathMask">Paths that are there.</param>
/// <param name="Chpids">Their channel path ids, the first in the most significant byte.</param>
public readonly record struct SsdInfo(byte PathMask, ulong Chpids)
{
    /// <summary>Number of paths that a subchannel can have.</summary>
    public const int Paths = 8;

    /// <summary>Models chp_ssd_get_mask() within its caller: the path that uses a channel path, or 0.</summary>
    public byte MaskOf(byte chpid)
    {
        for (var path = 0; path < Paths; path++)
        {
            var mask = (byte)(0x80 >> path);
            if ((PathMask & mask) != 0 && (byte)(Chpids >> (56 - (8 * path))) == chpid) return mask;
        }
        return 0;
    }
}

/// <summary>Channel paths and their status in sysfs (chp.c; chsc_chp_vary in chsc.c).</summary>
/// <remarks>
/// Virtual devices share one channel path, which the host never takes away: the guest itself varies it off and on. The kernel's
/// structure of a path lives for ever once it is there, so it is not on the heap here, and making it does not fail.
/// </remarks>
public sealed class ChannelPaths
{
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;
    private readonly Mutex mutex;
    private readonly bool?[] isOnline = new bool?[256];

    /// <summary>Whether a path was ever varied: a device without paths may be given up.</summary>
    public bool HasVaried { get; private set; }


    internal ChannelPaths(CioSubsystem cio)
    {
        this.cio = cio;
        k = cio.Kernel;
        mutex = new Mutex(k.World, "chp->lock");
    }

    /// <summary>Models chp_get_status() within its caller: whether it is varied on; null if there is no such path.</summary>
    public bool? IsOnline(byte chpid) => isOnline[chpid];

    /// <summary>Models chp_get_sch_opm(): a path of whose channel path nothing is known counts as operational.</summary>
    public byte OperationalPaths(in Pmcw pmcw)
    {
        using var frame = k.Enter("chp_get_sch_opm");
        var opm = 0;
        for (var path = 0; path < SsdInfo.Paths; path++) opm = (opm << 1) | (isOnline[pmcw.Chpid(path)] is false ? 0 : 1);
        return (byte)opm;
    }

    /// <summary>Models chp_new(): once for each channel path, if the host knows it.</summary>
    internal void Register(byte chpid)
    {
        using var frame = k.Enter("chp_new");
        if (isOnline[chpid] is null && UpdateDescription(chpid)) isOnline[chpid] = true;
    }

    /// <summary>Models chp_status_write(): varies a channel path off or on through its attribute status.</summary>
    /// <returns>0, or -ENOENT if there is no such path.</returns>
    public async SimTask<int> Vary(byte chpid, bool on)
    {
        using var frame = k.Enter("chp_status_write");
        if (isOnline[chpid] is null) return -Errno.ENOENT;
        // css_wait_for_slow_path(): previous actions settle.
        await cio.WorkQueue.FlushAll();
        await mutex.Lock();
        await VaryLocked(chpid, on);
        mutex.Unlock();
        return 0;
    }

    /// <summary>Models chsc_chp_vary() with s390_vary_chpid().</summary>
    private async SimTask VaryLocked(byte chpid, bool on)
    {
        using var frame = k.Enter("chsc_chp_vary");
        if (!on && isOnline[chpid] is false) return;
        HasVaried = true;
        isOnline[chpid] = on;
        k.World.Trace.Add(TraceKind.State, $"channel path 0.{chpid:x2} varied {(on ? "on" : "off")}");
        if (on) UpdateDescription(chpid);
        await cio.Css.ForEachKnown(sch => VarySubchannel(sch, chpid, on));
        if (on) cio.Css.ScheduleReprobe();
    }

    /// <summary>Models __s390_subchannel_vary_chpid() within its caller.</summary>
    private async SimTask VarySubchannel(Ptr<Subchannel> sch, byte chpid, bool on)
    {
        await cio.Lock(sch.Read().LockPtr);
        if (sch.Read().HasDriver) await cio.Paths.Vary(sch, chpid, on);
        await cio.UnlockPoint(sch.Read().LockPtr);
    }

    /// <summary>Models chp_update_desc() within its caller: formats 0 and 1; the host has no others.</summary>
    private bool UpdateDescription(byte chpid)
    {
        if (!k.Channel.StoreChannelPathDescription(chpid)) return false;
        k.Channel.StoreChannelPathDescription(chpid);
        return true;
    }
}
