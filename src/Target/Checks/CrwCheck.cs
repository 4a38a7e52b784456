using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I44: each channel report word that was queued is read once, or its loss is reported; pairs stay pairs.</summary>
internal sealed class CrwCheck(World world) : IStateCheck
{
    private bool expectsSecond;

    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        var channel = stack.Channel;
        if (channel.CrwsQueued == channel.CrwsRead + channel.CrwsLost + channel.PendingCrws) return;
        Note("a channel report word is gone that nobody read");
    }

    /// <summary>The guest read a word.</summary>
    public void Read(Crw crw)
    {
        if ((crw.Flags & CrwFlags.Overflow) != 0)
        {
            expectsSecond = false; // the other half may be lost
            return;
        }
        var isChained = (crw.Flags & CrwFlags.Chained) != 0;
        if (expectsSecond && isChained) Note("the second word of a channel report is missing");
        expectsSecond = isChained;
    }

    private void Note(string message) => world.Note(new Violation
    {
        Kind = ViolationKind.Protocol,
        ObjectType = "struct ChannelSubSys",
        Message = message,
        State = message,
    });
}
