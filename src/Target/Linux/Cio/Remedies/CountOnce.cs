using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy CountOnce: a device counts once as one that is being recognized.</summary>
internal static class CountOnce
{
    /// <summary>Ends the recognition of a device that is unregistered: CDEV_TODO_REGISTER, which would do it, gave way to that.</summary>
    public static void EndRecognition(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        CcwDevices.SayRecognized(cdev);
        cio.IoSubchannels.EndRecognition(cdev);
    }
}
