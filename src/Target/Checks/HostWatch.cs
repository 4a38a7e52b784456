using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Checks;

/// <summary>Hands what happens in the host to the checks.</summary>
/// <param name="crws">Looks at channel reports.</param>
/// <param name="memory">The guest's RAM.</param>
internal sealed class HostWatch(CrwCheck crws, GuestMemory memory) : IHostWatch
{
    private readonly ChannelProgramCheck programs = new(memory);
    private readonly HostSilenceCheck silence = new(memory.World);

    /// <inheritdoc/>
    public void Accepted(HostSubchannel sch) => programs.Accepted(sch);

    /// <inheritdoc/>
    public void Fetching(HostSubchannel sch) => programs.Fetching(sch);

    /// <inheritdoc/>
    public void CrwRead(Crw crw) => crws.Read(crw);

    /// <inheritdoc/>
    public void Notifying(HostSubchannel? sch, ulong desc) => silence.Queue(sch, desc, "a notification");

    /// <inheritdoc/>
    public void Using(HostSubchannel? sch, ulong desc) => silence.Queue(sch, desc, "a used buffer");
}
