using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target;

/// <summary>The entry to everything that runs inside one execution: bytes in, verdict out.</summary>
/// <remarks>
/// The same bytes on the same variant give the same trace, byte for byte. One target is used again and again; not thread safe,
/// and a process has at most one target that runs.
/// </remarks>
public sealed class FuzzTarget
{
    /// <summary>Virtual CPUs of the guest.</summary>
    public const int UsualCpus = 2;

    private const int NoOperation = -1;
    private const int StackLines = 4;
    private readonly Func<Campaign, Violation?> run;
    private readonly Campaign decoded = new();

    /// <summary>Builds the stack of a variant.</summary>
    /// <param name="variant">What is run.</param>
    /// <param name="cpus">Virtual CPUs of the guest; fewer than usual only to see what a finding needs.</param>
    public FuzzTarget(Variant variant, int cpus = UsualCpus)
        : this(variant, world => new CampaignRunner(world, variant).Run, cpus)
    {
    }

    /// <summary>Builds a target around something else than the stack: tests of what is around an execution.</summary>
    internal FuzzTarget(Variant variant, Func<World, Func<Campaign, Violation?>> build, int cpus = UsualCpus)
    {
        ArgumentNullException.ThrowIfNull(variant);
        Variant = variant;
        World = new World(cpus);
        run = build(World);
    }

    /// <summary>What is run.</summary>
    public Variant Variant { get; }

    /// <summary>The world of the executions: trace and features of the last one.</summary>
    public World World { get; }

    /// <summary>Plays the deviations of the campaign that runs; exploring strategies go around it.</summary>
    public Replay Replay { get; } = new();

    /// <summary>Runs bytes as a campaign with its own schedule.</summary>
    public Verdict Run(ReadOnlySpan<byte> input) => Run(Campaign.Decode(input, decoded));

    /// <summary>Runs a campaign.</summary>
    /// <param name="campaign">The campaign; it is not changed.</param>
    /// <param name="strategy">Who decides where there is a choice; the campaign's deviations if null.</param>
    public Verdict Run(Campaign campaign, IScheduleStrategy? strategy = null)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        Replay.Load(campaign.Deviations);
        World.Scheduler.Strategy = strategy ?? Replay;
        World.Reset();
        // What happens before the first operation belongs to none: no deviation can be recorded for it.
        World.Scheduler.BeginOperation(NoOperation);
        var violation = Cause(RunGuarded(campaign));
        return new Verdict
        {
            Violation = violation,
            Operations = campaign.Operations.Count,
            LastOperation = World.Scheduler.Operation,
            Steps = World.Scheduler.Steps,
            Decisions = World.Scheduler.Decisions,
            RecordableDecisions = World.Scheduler.Operation < campaign.Operations.Count
                ? World.Scheduler.Decisions : World.Scheduler.DecisionsBefore,
            TakenDeviations = World.Scheduler.Taken,
        };
    }

    /// <summary>The violation that was noted before, if whatever waits for ever waits because of it; else the one that was met.</summary>
    private Violation? Cause(Violation? met) =>
        met is { Kind: ViolationKind.Hang or ViolationKind.Livelock } && World.Noted is { ExplainsWaits: true } noted ? noted : met;

    /// <summary>What of a campaign did nothing in the execution that ran last.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="verdict">Its verdict.</param>
    public IReadOnlyList<WithoutEffect> WithoutEffect(Campaign campaign, in Verdict verdict)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        return Campaigns.WithoutEffect.Of(campaign, verdict.LastOperation, verdict.TakenDeviations, World.Effects);
    }

    private Violation? RunGuarded(Campaign campaign)
    {
        try
        {
            return run(campaign);
        }
        catch (ViolationException e)
        {
            return e.Violation;
        }
        catch (NullPointerException e)
        {
            return NullAccess(e);
        }
        catch (Exception e) // whatever else comes out of the model is a bug of the model
        {
            return ModelError(e);
        }
    }

    private Violation NullAccess(NullPointerException e)
    {
        var violation = new Violation
        {
            Kind = ViolationKind.NullAccess,
            ObjectType = e.PointeeType,
            Message = $"{e.Message} in {e.Site?.Function ?? "the host"}",
            Access = e.Site,
            AccessContext = e.ContextName,
        };
        World.Trace.Add(TraceKind.Violation, $"{violation.KindName}: {violation.Message}");
        return violation;
    }

    private Violation ModelError(Exception e)
    {
        var stack = (e.StackTrace ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var violation = new Violation
        {
            Kind = ViolationKind.ModelError,
            Message = $"{e.GetType().Name}: {e.Message} [{string.Join(" | ", stack.Take(StackLines))}]",
            // Not part of the stack above: the key must not change with line numbers.
            State = e.GetType().Name,
        };
        World.Trace.Add(TraceKind.Violation, $"{violation.KindName}: {violation.Message}");
        return violation;
    }
}
