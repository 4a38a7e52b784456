using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy OwnTimeout: a timer that was stopped, or started anew, after its handler had begun has no effect.</summary>
/// <remarks>As shipped that is taken for a timeout of what runs now.</remarks>
internal static class OwnTimeout
{
    /// <summary>Whether the timer ran out for what it was started for.</summary>
    public static bool IsDue(Ptr<CcwDevicePrivate> priv) => priv.Read().IsTimed && !priv.Read().Timer.IsPending;
}
