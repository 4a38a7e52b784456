using System.Runtime.CompilerServices;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Memory;

/// <summary>Tells the engine which function touches an object after another context's function did, one of them writing.</summary>
/// <remarks>Two references to compare for an access of the context that was there last, which is the usual case.</remarks>
internal struct AccessHistory
{
    private Context? writer;
    private Context? reader;
    private uint write;
    private uint read;

    /// <summary>An object is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Read(World world)
    {
        var me = world.Scheduler.Current;
        if (!ReferenceEquals(me, reader)) ReadByOther(world, me);
    }

    /// <summary>An object is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(World world)
    {
        var me = world.Scheduler.Current;
        if (!ReferenceEquals(me, writer) || !ReferenceEquals(me, reader)) WrittenByOther(world, me);
        else write = me.Site.FunctionHash;
    }

    private void ReadByOther(World world, Context me)
    {
        reader = me;
        read = me.Site.FunctionHash;
        if (writer is not null && !ReferenceEquals(writer, me)) world.Features.Hit(Feedback.Races, write, read);
    }

    private void WrittenByOther(World world, Context me)
    {
        var now = me.Site.FunctionHash;
        if (writer is not null && !ReferenceEquals(writer, me)) world.Features.Hit(Feedback.Races, write, ~now);
        if (reader is not null && !ReferenceEquals(reader, me)) world.Features.Hit(Feedback.Races, ~read, now);
        writer = reader = me;
        write = read = now;
    }
}
