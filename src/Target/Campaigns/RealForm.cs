namespace CcwFuzz.Target.Campaigns;

/// <summary>Who does an operation when a campaign is played on a real Linux guest.</summary>
public enum RealActor
{
    /// <summary>Nobody: it cannot be done.</summary>
    Nobody,
    /// <summary>QEMU, told over its monitor.</summary>
    Host,
    /// <summary>The agent in the guest, by a request.</summary>
    Agent,
    /// <summary>The player of the campaign itself: time and boots.</summary>
    Player,
}

/// <summary>What an operation becomes on a real Linux guest.</summary>
public sealed record RealForm
{
    private RealForm(RealActor actor) => Actor = actor;

    /// <summary>Who does it.</summary>
    public RealActor Actor { get; }

    /// <summary>Why it cannot be done; null if it can.</summary>
    public string? WhyNot { get; private init; }

    /// <summary>What is different from the model; null if nothing is.</summary>
    public string? Difference { get; init; }

    /// <summary>The request to the agent, from the operation and the bus id of its device; null if the agent has no part.</summary>
    public Func<Operation, string, string>? Request { get; private init; }

    /// <summary>It cannot be done, and why.</summary>
    public static RealForm Impossible(string why) => new(RealActor.Nobody) { WhyNot = why };

    /// <summary>QEMU does it.</summary>
    public static RealForm OfHost(string? difference = null) => new(RealActor.Host) { Difference = difference };

    /// <summary>The player does it.</summary>
    public static RealForm OfPlayer(string? difference = null) => new(RealActor.Player) { Difference = difference };

    /// <summary>The agent does it.</summary>
    public static RealForm OfAgent(Func<Operation, string, string> request, string? difference = null) =>
        new(RealActor.Agent) { Request = request, Difference = difference };
}
