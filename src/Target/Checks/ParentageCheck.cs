using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I39, I40, I43: ccw devices and subchannels point at each other, share one lock, and live below registered parents.</summary>
/// <remarks>A device that is being deleted is none any more: its subchannel forgets it first.</remarks>
internal sealed class ParentageCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var sch in stack.Subchannels) Look(stack, sch);
        foreach (var cdev in stack.Devices) Look(stack, cdev);
    }

    private static void Look(StackView stack, Subchannel sch)
    {
        if (sch.IoPrivate.Target is not { IsFreed: false } priv || priv.Cdev.IsNull) return;
        if (priv.Cdev.IsDangling) Note(stack, sch, $"{sch.Name} refers to a ccw device that is freed");
        else if (!ReferenceEquals(priv.Cdev.Target!.Parent.Target, sch)) Note(stack, sch, $"{sch.Name} refers to another one's ccw device");
    }

    private static void Look(StackView stack, CcwDevice cdev)
    {
        if (!cdev.IsRegistered || cdev.IsDead || cdev.Parent.Target is not Subchannel parent) return;
        if (parent.IsDead && !parent.IsRegistered) Note(stack, cdev, $"{cdev.Name} is registered below a subchannel that is not");
        if (!parent.IsFreed && cdev.CcwLock != parent.LockPtr) Note(stack, cdev, $"{cdev.Name} has another lock than its subchannel");
        if (parent.IsRegistered && !parent.IsDead && parent != stack.Cio.PseudoSubchannel.Target
            && parent.IoPrivate.Target is { IsFreed: false } priv && !ReferenceEquals(priv.Cdev.Target, cdev))
            Note(stack, cdev, $"{cdev.Name} is not the ccw device that its subchannel refers to");
        foreach (var other in stack.Devices)
            if (other != cdev && other.IsRegistered && !other.IsDead && other.Name == cdev.Name)
                Note(stack, cdev, $"there are two ccw devices {cdev.Name}");
    }

    private static void Note(StackView stack, Device device, string message)
    {
        // What is wrong, without names of devices, tells findings apart.
        var what = message.Replace(device.Name, "", StringComparison.Ordinal).Trim();
        stack.World.Note(new Violation { Kind = ViolationKind.Protocol, ObjectType = device.TypeName, Message = message, State = what });
    }
}
