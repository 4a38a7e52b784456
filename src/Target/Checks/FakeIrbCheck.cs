using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I36: the status made up for a start that was only pretended goes to the handler that it was promised to.</summary>
/// <param name="world">Where violations go.</param>
internal sealed class FakeIrbCheck(World world)
{
    /// <summary>The start was accepted.</summary>
    public static void Accepted(CcwDevice cdev)
    {
        if (cdev.Private.Target is not { } priv) return;
        priv.FakeIrbFor = cdev.Handler;
        priv.IsFakeIrbGivenUp = false;
    }

    /// <summary>The driver is removed: it takes its handler away, and waits for nothing.</summary>
    public static void GivenUp(CcwDevice cdev)
    {
        if (cdev.Private.Target is { } priv) priv.IsFakeIrbGivenUp = priv.FakeIrb;
    }

    /// <summary>The status is delivered.</summary>
    public void Delivered(CcwDevice cdev)
    {
        if (cdev.Private.Target is not { } priv) return;
        if (priv.IsFakeIrbGivenUp && cdev.Handler is null) priv.FakeIrbFor = null;
        else if (priv.FakeIrbFor is null) Note(cdev, "was never promised");
        else if (cdev.Handler is null) Note(cdev, "meets no handler any more");
        else if (!priv.FakeIrbFor.Equals(cdev.Handler)) Note(cdev, "meets another handler");
        priv.FakeIrbFor = null;
        priv.IsFakeIrbGivenUp = false;
    }

    private void Note(CcwDevice cdev, string how) =>
        world.Note(ViolationKind.Protocol, $"the made-up status of {cdev.Name} {how}", cdev.TypeName, how);
}
