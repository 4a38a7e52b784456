namespace CcwFuzz.Target.Simulation;

/// <summary>What the engine is told about an execution; each kind can be switched off.</summary>
[Flags]
public enum Feedback
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Edges of the code, in orders of magnitude of how often they were taken.</summary>
    Edges = 1,

    /// <summary>Chains of kernel functions.</summary>
    Chains = 2,

    /// <summary>Events in states: of the ccw device, of virtio devices, of instructions and commands.</summary>
    Fsm = 4,

    /// <summary>Which context took a lock after which other one.</summary>
    Locks = 8,

    /// <summary>Which function touched an object after another context's function did, one of them writing.</summary>
    Races = 16,

    /// <summary>In which states objects are when an operation starts.</summary>
    Lifetimes = 32,

    /// <summary>Which functions changed a reference count, and to what.</summary>
    Refs = 64,
}

/// <summary>Sets of feedback.</summary>
public static class Feedbacks
{
    /// <summary>Everything.</summary>
    public const Feedback All =
        Feedback.Edges | Feedback.Chains | Feedback.Fsm | Feedback.Locks | Feedback.Races | Feedback.Lifetimes | Feedback.Refs;

    /// <summary>What is on unless somebody says otherwise.</summary>
    public const Feedback Usual = All;

    /// <summary>Names, in lower case.</summary>
    public static IReadOnlyList<string> Names { get; } = ["edges", "chains", "fsm", "locks", "races", "lifetimes", "refs"];

    /// <summary>The names of a set.</summary>
    public static IEnumerable<string> NamesOf(Feedback set) => Names.Where(n => (set & Parse([n])) != 0);

    /// <summary>The set with these names; unknown ones are left out.</summary>
    public static Feedback Parse(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var set = Feedback.None;
        foreach (var name in names)
            if (Enum.TryParse<Feedback>(name, ignoreCase: true, out var one)) set |= one;
        return set;
    }
}
