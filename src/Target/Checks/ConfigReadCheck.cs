using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I50: nobody uses configuration that was not read.</summary>
/// <remarks>virtio_ccw_get_config() returns nothing, so that its callers take what their stack held for the host's data.</remarks>
/// <param name="world">Where violations go.</param>
internal sealed class ConfigReadCheck(World world)
{
    /// <summary>A read failed.</summary>
    public void NotRead(VirtioCcwDevice vcdev) =>
        world.Note(ViolationKind.WrongResult, "configuration is used that was not read", vcdev.TypeName, "config");
}
