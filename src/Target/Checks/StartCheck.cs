using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I21, I22, I23: what a start of a channel program needs, when START SUBCHANNEL is issued.</summary>
/// <remarks>
/// The lock is held; the ccw device is online, and its subchannel enabled as far as the guest knows, or it runs a request of its
/// own, which takes the refusal as the answer; the last program's status was collected; program and data lie below 2 GiB.
/// </remarks>
/// <param name="kernel">The guest.</param>
internal sealed class StartCheck(GuestKernel kernel)
{
    private const uint Limit = 0x8000_0000;
    private const uint Alignment = 8;
    private readonly List<Subchannel> outstanding = [];

    /// <summary>A start is about to be issued.</summary>
    public void Starting(Subchannel sch, uint cpa)
    {
        if (sch.LockPtr.Target is { } gate && !gate.Spin.IsHeld) Note(sch, "without its lock");
        if (sch.IoPrivate.Target?.Cdev.Target?.Private.Target is { } priv)
        {
            if (!MayStart(priv.State)) Note(sch, $"in state {priv.State.KernelName()}");
            if (priv.State == DevState.Online && !sch.Schib.Pmcw.IsEnabled) Note(sch, "while it is not enabled");
        }
        if (cpa % Alignment != 0 || cpa > Limit - Alignment) Note(sch, "with a program that is not on a doubleword below 2 GiB");
        else if (kernel.Memory.Read32(cpa + 4) >= Limit) Note(sch, "with data above 2 GiB");
    }

    /// <summary>The start was accepted.</summary>
    public void Started(Subchannel sch)
    {
        var again = outstanding.Contains(sch);
        if (!again) outstanding.Add(sch);
        else if (kernel.Channel.Find(sch.Id)?.Starts > 1) Note(sch, "accepted before the last one's status was collected");
    }

    /// <summary>Status was collected, or what was started was cancelled or is gone.</summary>
    public void Ended(Subchannel sch) => outstanding.Remove(sch);

    private static bool MayStart(DevState state) =>
        state is DevState.Online or DevState.W4Sense or DevState.SenseId or DevState.Verify or DevState.DisbandPgid
            or DevState.DisconnectedSenseId or DevState.StealLock;

    private void Note(Subchannel sch, string how) =>
        kernel.World.Note(ViolationKind.Protocol, $"a start at {sch.Name} {how}", sch.TypeName, how);
}
