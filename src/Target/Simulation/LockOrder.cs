namespace CcwFuzz.Target.Simulation;

/// <summary>I32: the orders in which classes of locks are taken have no circle, although nobody deadlocked this time (lockdep).</summary>
/// <remarks>
/// Locks of one name are one class. A class has two nodes in a graph: one for taking it as a writer (or taking a lock that has no
/// readers), one for taking it as a reader, because a reader waits for writers only. A context that takes a lock while it holds others
/// adds an edge from each of those to the new one. A lock that was only tried, or taken as nested by code that keeps an order of its
/// own, adds none. A lock that interrupt handlers take must not be held with interrupts on. A circle in the graph is noted and does not
/// end the execution: a deadlock that really happens is the better finding. Taking a lock while none is held costs one store.
/// </remarks>
/// <param name="world">Where it lives.</param>
internal sealed class LockOrder(World world)
{
    private const int MaxNodes = 128;
    private readonly Dictionary<string, int> nodes = [];
    private readonly List<string> names = [];
    private readonly UInt128[] after = new UInt128[MaxNodes];
    private readonly Dictionary<int, CallSite> places = [];
    private UInt128 inInterrupts;
    private UInt128 withInterruptsOn;
    private bool any;

    /// <summary>Number of a class's node for writing; the one for reading is the next.</summary>
    public int NodeOf(string name)
    {
        if (nodes.TryGetValue(name, out var node)) return node;
        node = names.Count * 2;
        world.Assert(node < MaxNodes, "too many classes of locks");
        nodes[name] = node;
        names.Add(name);
        return node;
    }

    /// <summary>A context takes a lock.</summary>
    public void Taken(Context by, int node, bool unordered)
    {
        if (by.Kind == ContextKind.HardIrq) Mark(ref inInterrupts, withInterruptsOn, node);
        else if (by.IrqsOn) Mark(ref withInterruptsOn, inInterrupts, node);
        if (!unordered)
            foreach (var held in by.Held) Add(held, node);
        by.Hold(node);
    }

    /// <summary>Forgets all orders: a new execution starts.</summary>
    public void Reset()
    {
        inInterrupts = withInterruptsOn = 0;
        if (!any) return;
        any = false;
        Array.Clear(after);
        places.Clear();
    }

    private static UInt128 BitOf(int node) => UInt128.One << node;

    /// <summary>Who makes somebody wait that wants a node: writers, and readers as well unless he only reads.</summary>
    private static UInt128 BlockersOf(int wanted) => (wanted & 1) == 0 ? BitOf(wanted) | BitOf(wanted + 1) : BitOf(wanted - 1);

    private void Mark(ref UInt128 mine, UInt128 other, int node)
    {
        var bit = BitOf(node & ~1);
        if ((mine & bit) != 0) return;
        mine |= bit;
        if ((other & bit) == 0) return;
        var name = names[node / 2];
        world.Note(ViolationKind.LockOrder, $"{name} is taken by an interrupt handler, and elsewhere with interrupts on", name);
    }

    private void Add(int held, int wanted)
    {
        var bit = BitOf(wanted);
        if ((after[held] & bit) != 0) return;
        after[held] |= bit;
        any = true;
        places[(held * MaxNodes) + wanted] = world.Scheduler.Current.Site;
        if ((held | 1) == (wanted | 1))
        {
            if ((held & wanted & 1) == 0) Report(held, wanted, "another one of its kind");
        }
        else if (Reaches(wanted, held))
        {
            Report(held, wanted, names[held / 2]);
        }
    }

    /// <summary>Whether somebody who waits for a node may in the end wait for one who holds another.</summary>
    private bool Reaches(int wanted, int held)
    {
        UInt128 seen = 0;
        var open = BlockersOf(wanted);
        while (open != 0)
        {
            var holder = (int)UInt128.TrailingZeroCount(open);
            seen |= BitOf(holder);
            if (holder == held) return true;
            for (var next = after[holder]; next != 0; next &= next - 1) open |= BlockersOf((int)UInt128.TrailingZeroCount(next));
            open &= ~seen;
        }
        return false;
    }

    /// <summary>The finding is the same whichever order came first: it is named by the classes alone.</summary>
    private void Report(int held, int wanted, string what)
    {
        var (first, second) = (names[held / 2], names[wanted / 2]);
        var place = world.Scheduler.Current.Site.Function;
        var elsewhere = places.TryGetValue((wanted * MaxNodes) + held, out var site) ? $" (in {site.Function})" : "";
        var pair = string.CompareOrdinal(first, second) < 0 ? $"{first}, {second}" : $"{second}, {first}";
        world.Note(new Violation
        {
            Kind = ViolationKind.LockOrder,
            ObjectType = first == second ? first : pair,
            Message = $"{second} is taken under {what} in {place}, and elsewhere the other way round{elsewhere}",
        });
    }
}
