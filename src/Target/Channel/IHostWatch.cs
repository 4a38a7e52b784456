namespace CcwFuzz.Target.Channel;

/// <summary>What observers of the host are told at the moment it happens. They change nothing, and nothing depends on them.</summary>
public interface IHostWatch
{
    /// <summary>A start function was accepted; its program is fetched later.</summary>
    void Accepted(HostSubchannel sch);

    /// <summary>The program is about to be fetched.</summary>
    void Fetching(HostSubchannel sch);

    /// <summary>The guest read a channel report word.</summary>
    void CrwRead(Crw crw);

    /// <summary>The guest is about to be notified of a queue.</summary>
    /// <param name="sch">The device's subchannel; null once it is unplugged.</param>
    /// <param name="desc">Guest address of the queue's descriptors; 0 if it is not set up.</param>
    void Notifying(HostSubchannel? sch, ulong desc);

    /// <summary>A used buffer is about to be written into a ring; parameters as above.</summary>
    void Using(HostSubchannel? sch, ulong desc);
}
