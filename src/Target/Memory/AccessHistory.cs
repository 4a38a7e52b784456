using System.Runtime.CompilerServices;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Memory;

/// <summary>Tells the engine which function touches an object after another context's function did, one of them writing.</summary>
/// <remarks>Two numbers to compare for an access of the context that was there last, which is the usual case.</remarks>
internal struct AccessHistory
{
    // Numbers of contexts, from 1; 0 is nobody.
    private int writer;
    private int reader;
    private uint write;
    private uint read;

    /// <summary>An object is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read(World world)
    {
        var me = world.Scheduler.Current;
        if (me.Id + 1 != reader) ReadByOther(world, me);
    }

    /// <summary>An object is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(World world)
    {
        var me = world.Scheduler.Current;
        if (me.Id + 1 != writer || writer != reader) WrittenByOther(world, me);
        else write = me.Site.FunctionHash;
    }

    private void ReadByOther(World world, Context me)
    {
        reader = me.Id + 1;
        read = me.Site.FunctionHash;
        if (writer != 0 && writer != reader) world.Features.Hit(Feedback.Races, write, read);
    }

    private void WrittenByOther(World world, Context me)
    {
        var now = me.Site.FunctionHash;
        var number = me.Id + 1;
        if (writer != 0 && writer != number) world.Features.Hit(Feedback.Races, write, ~now);
        if (reader != 0 && reader != number) world.Features.Hit(Feedback.Races, ~read, now);
        writer = reader = number;
        write = read = now;
    }
}
