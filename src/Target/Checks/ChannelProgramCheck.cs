using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I24: from the start to the fetch of a channel program the guest leaves its CCW and its data alone.</summary>
/// <remarks>
/// Only a host that defers has time between them. Freed memory is seen by the access itself. Programs of several CCWs are
/// compared by their first one.
/// </remarks>
/// <param name="memory">The guest's RAM.</param>
internal sealed class ChannelProgramCheck(GuestMemory memory)
{
    private const uint CcwSize = 8;
    private const uint MaxPayload = 64;
    private readonly Dictionary<HostSubchannel, byte[]> accepted = [];

    /// <summary>A start was accepted.</summary>
    public void Accepted(HostSubchannel sch)
    {
        if (IsReadable(sch)) accepted[sch] = Copy(sch.Orb.Cpa);
        else accepted.Remove(sch);
    }

    /// <summary>The program is fetched.</summary>
    public void Fetching(HostSubchannel sch)
    {
        if (!accepted.Remove(sch, out var before) || Copy(sch.Orb.Cpa).AsSpan().SequenceEqual(before)) return;
        memory.World.Note(new Violation
        {
            Kind = ViolationKind.Protocol,
            ObjectType = "struct ccw1",
            Message = $"the guest changed a channel program at {sch.HostId} that it had started",
        });
    }

    /// <summary>Format-1 CCWs in memory; addresses beyond are program checks.</summary>
    private static bool IsReadable(HostSubchannel sch) =>
        (sch.Orb.Control & OrbControl.Format) != 0 && sch.Orb.Cpa is > 0 and < GuestMemory.Size - CcwSize;

    /// <summary>The CCW, and the data that it lets the host read.</summary>
    private byte[] Copy(uint cpa)
    {
        var command = memory.Read8(cpa);
        var count = (command & 1) != 0 ? Math.Min(memory.Read16(cpa + 2), MaxPayload) : 0; // odd commands write to the device
        var data = memory.Read32(cpa + 4);
        var hasData = count > 0 && data < GuestMemory.Size - MaxPayload && (memory.Read8(cpa + 1) & (byte)CcwFlags.IndirectData) == 0;
        var copy = new byte[CcwSize + (hasData ? count : 0)];
        for (var i = 0u; i < CcwSize; i++) copy[i] = memory.Read8(cpa + i);
        for (var i = 0u; hasData && i < count; i++) copy[CcwSize + i] = memory.Read8(data + i);
        return copy;
    }
}
