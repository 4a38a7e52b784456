namespace CcwFuzz.Target.Linux.Cio;

/// <summary>What a subchannel event asks for (enum io_sch_action, device.c).</summary>
public enum SchAction
{
    /// <summary>The subchannel goes, with its device.</summary>
    Unreg,
    /// <summary>The subchannel goes, its device is kept.</summary>
    OrphUnreg,
    /// <summary>The device goes, the subchannel stays.</summary>
    UnregCdev,
    /// <summary>A device is there that is not known yet.</summary>
    Attach,
    /// <summary>Another device is there; the old one goes.</summary>
    UnregAttach,
    /// <summary>Another device is there; the old one is kept.</summary>
    OrphAttach,
    /// <summary>A disconnected device is back.</summary>
    Reprobe,
    /// <summary>An online device's paths are verified.</summary>
    Verify,
    /// <summary>The last path is gone; the device is kept.</summary>
    Disc,
    /// <summary>Nothing.</summary>
    Nop,
    /// <summary>The device is gone and kept, the subchannel stays.</summary>
    OrphCdev,
}
