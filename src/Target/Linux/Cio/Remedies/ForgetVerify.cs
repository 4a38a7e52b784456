using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy ForgetVerify: a verification that was put off is not made, and nobody gets a made-up status for it.</summary>
internal static class ForgetVerify
{
    /// <summary>Clears flags.fake_irb and flags.doverify.</summary>
    public static void Forget(Ptr<CcwDevice> cdev)
    {
        cdev.Read().Private.Write().FakeIrb = false;
        cdev.Read().Private.Write().DoVerify = false;
    }
}
