namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Devices that the guest ignores (/proc/cio_ignore, blacklist.c): their subchannels are not registered.</summary>
public sealed class Blacklist
{
    private readonly CioSubsystem cio;
    private readonly List<(byte Ssid, ushort Devno)> ignored = [];

    internal Blacklist(CioSubsystem cio) => this.cio = cio;

    /// <summary>Models is_blacklisted().</summary>
    public bool IsBlacklisted(byte ssid, ushort devno) => ignored.Contains((ssid, devno));

    /// <summary>Models a write of "add 0.ssid.devno": devices that are registered stay.</summary>
    public void Add(byte ssid, ushort devno)
    {
        using var frame = cio.Kernel.Enter("blacklist_parse_proc_parameters");
        if (!IsBlacklisted(ssid, devno)) ignored.Add((ssid, devno));
    }

    /// <summary>Models a write of "free 0.ssid.devno": subchannels without an online device are evaluated.</summary>
    public void Free(byte ssid, ushort devno)
    {
        using var frame = cio.Kernel.Enter("blacklist_parse_proc_parameters");
        ignored.Remove((ssid, devno));
        cio.Css.ScheduleEvalNotOnline();
    }
}
