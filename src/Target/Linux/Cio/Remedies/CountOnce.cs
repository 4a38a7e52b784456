using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy CountOnce: a device counts once as one that is being recognized.</summary>
internal static class CountOnce
{
    /// <summary>Ends the recognition of a device that is unregistered: what was to be done when it is recognized gave way to that.</summary>
    public static void EndRecognition(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        CcwDevices.SayRecognized(cdev);
        cio.IoSubchannels.EndRecognition(cdev);
    }
}
