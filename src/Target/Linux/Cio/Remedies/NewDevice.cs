using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy NewDevice: a device that took the place of another, with its number and its subchannel, is another device.</summary>
internal static class NewDevice
{
    /// <summary>Whether what was configured is not any more: then this is another subchannel with another device.</summary>
    public static bool HasLostConfig(Ptr<Subchannel> sch) =>
        sch.Read().Config.Csense && (sch.Read().Schib.Pmcw.Characteristics & PmcwCharacteristics.ConcurrentSense) == 0;

    /// <summary>Whether the subchannel still has this structure's interruption parameter, and not another's.</summary>
    public static bool IsOwn(CioSubsystem cio, Ptr<Subchannel> sch) =>
        cio.Kernel.Channel.StoreSubchannel(sch.Read().Id, out var schib) == InstructionResult.Cc0
        && schib.Pmcw.InterruptionParameter == sch.Address;
}
