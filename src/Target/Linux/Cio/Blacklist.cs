using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Device numbers that the guest ignores (/proc/cio_ignore, blacklist.c).</summary>
public sealed class Blacklist
{
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;
    private readonly HashSet<(byte Ssid, ushort Devno)> ignored = [];
    private readonly HashSet<(SubchannelId Id, ushort Devno)> purged = [];

    internal Blacklist(CioSubsystem cio)
    {
        this.cio = cio;
        k = cio.Kernel;
    }

    /// <summary>Models is_blacklisted() within its caller.</summary>
    public bool Contains(byte ssid, ushort devno) => ignored.Contains((ssid, devno));

    /// <summary>Whether a purge decided that the subchannel of a device shall go, and nothing is found again since.</summary>
    public bool WasPurged(SubchannelId id, ushort devno) => purged.Contains((id, devno));

    /// <summary>
    /// Models blacklist_parse_proc_parameters() for "add" and a bus id: from now on subchannels with it are not registered.
    /// </summary>
    public void Add(byte ssid, ushort devno)
    {
        using var frame = k.Enter("blacklist_parse_proc_parameters");
        ignored.Add((ssid, devno));
    }

    /// <summary>
    /// Models blacklist_parse_proc_parameters() for "free" and a bus id, which also looks at everything that is not online.
    /// </summary>
    public void Free(byte ssid, ushort devno)
    {
        using var frame = k.Enter("blacklist_parse_proc_parameters");
        ignored.Remove((ssid, devno));
        purged.Clear();
        cio.Css.ScheduleEvalNotOnline();
    }

    /// <summary>Models ccw_purge_blacklisted(): ignored devices that are offline go.</summary>
    public async SimTask Purge()
    {
        using var frame = k.Enter("ccw_purge_blacklisted");
        await cio.Css.ForEachKnown(Purge);
    }

    /// <summary>Models purge_fn().</summary>
    private async SimTask Purge(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("purge_fn");
        await cio.Lock(sch.Read().LockPtr);
        var pmcw = sch.Read().Schib.Pmcw;
        if (pmcw.IsDeviceNumberValid && Contains(sch.Read().Id.Ssid, pmcw.DeviceNumber)) await PurgeLocked(sch);
        await cio.UnlockPoint(sch.Read().LockPtr);
    }

    private async SimTask PurgeLocked(Ptr<Subchannel> sch)
    {
        var cdev = CioSubsystem.GetCdev(sch);
        if (k.Variant.Has(Defects.PurgeOnlyCdev) && cdev.IsNull) return;
        if (!cdev.IsNull)
        {
            if (cdev.Read().Private.Read().State != DevState.Offline || cdev.Read().Private.Read().OnOff) return;
            await cio.Todos.Schedule(cdev, CdevTodo.Unreg);
        }
        purged.Add((sch.Read().Id, sch.Read().Schib.Pmcw.DeviceNumber));
        if (!k.Variant.Has(Defects.PurgeOnlyCdev)) await cio.Css.ScheduleTodo(sch, SchTodo.Unreg);
    }
}
