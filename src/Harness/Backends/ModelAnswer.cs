using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Backends;

/// <summary>What the model says about a campaign of a real guest.</summary>
/// <param name="Key">Key of what it shows; null if it runs clean.</param>
/// <param name="Title">Title of that.</param>
/// <param name="IsSame">Whether it is where the real guest's problem is.</param>
/// <param name="Campaign">The campaign with the overlaps that show it; null for those that were asked about.</param>
/// <param name="IsMended">Whether it shows only where <see cref="Unseen"/> is mended.</param>
internal sealed record ModelAnswer(
    string? Key, string? Title, bool IsSame = false, Campaign? Campaign = null, bool IsMended = false)
{
    /// <summary>
    /// Remedies of what nobody sees on a real guest: the host's access to freed rings, bits of freed queues. A violation ends an execution
    /// of the model, and hides what comes of it later.
    /// </summary>
    public static IReadOnlyList<string> Unseen { get; } = ["R15", "R61"];

    /// <summary>Other overlaps that are tried: microseconds of an emulated guest are no scheduling points.</summary>
    private const int Tries = 400;

    /// <summary>Asks the model about a campaign as it is.</summary>
    public static ModelAnswer Ask(AskedModel model, Campaign campaign)
    {
        var verdict = model.Target.Run(campaign);
        return new ModelAnswer(verdict.Key, verdict.Title);
    }

    /// <summary>Asks the model about the same operations with other overlaps, until one shows the problem of the real guest.</summary>
    /// <returns>That one; otherwise what the campaign itself shows, otherwise the first thing that showed.</returns>
    public static ModelAnswer Ask(AskedModel model, Campaign campaign, Observation problem)
    {
        var answer = Try(model.Target, campaign, problem);
        if (answer.IsSame || answer.Key is null) return answer;
        var mended = Try(model.Mended, campaign, problem);
        return mended.IsSame ? mended with { IsMended = true } : answer;
    }

    private static ModelAnswer Try(FuzzTarget model, Campaign campaign, Observation problem)
    {
        var random = new SplitMix(1);
        var answer = Play(model, campaign, null, problem);
        for (var i = 0; i < Tries && !answer.IsSame; i++)
        {
            var other = WithOtherOverlaps(campaign, ref random);
            var played = Play(model, other, other, problem);
            if (played.IsSame || (answer.Key is null && played.Key is not null)) answer = played;
        }
        return answer;
    }

    /// <summary>As it is written.</summary>
    public ModelRecord Record() =>
        new(Key is null ? "clean" : "violation", Key, Title, IsSame, IsMended ? Unseen : [], Campaign?.ToString());

    /// <inheritdoc/>
    public override string ToString() => Key is null
        ? "clean"
        : $"{(IsSame ? "the same place: " : "")}{Title} ({Key}){(Campaign is null ? "" : ", with other overlaps")}"
            + (IsMended ? $", where {string.Join(" and ", Unseen)} mend what it stops at and nobody sees on a real guest" : "");

    private static ModelAnswer Play(FuzzTarget model, Campaign campaign, Campaign? shown, Observation problem)
    {
        var verdict = model.Run(campaign);
        return verdict.Violation is null
            ? new ModelAnswer(null, null)
            : new ModelAnswer(verdict.Key, verdict.Title, IsAt(verdict.Violation, problem), shown);
    }

    /// <summary>
    /// Whether a violation of the model is where a real problem is: its innermost function is one of those that name that, and both never
    /// end or neither. A lost device has no function.
    /// </summary>
    private static bool IsAt(Violation violation, Observation problem) =>
        problem.Oracle == Violation.NameOf(ViolationKind.LostDevice)
            ? violation.Kind == ViolationKind.LostDevice
            : violation.Access is { } site && problem.Functions.Contains(site.Function)
                && RealAnswer.IsHang(problem.Oracle) == RealAnswer.IsHang(violation.KindName);

    private static Campaign WithOtherOverlaps(Campaign campaign, ref SplitMix random)
    {
        const int Orders = 10;
        var operations = new List<Operation>(campaign.Operations.Count);
        foreach (var operation in campaign.Operations)
        {
            // A real guest is not waited for for ever.
            var run = operation.WaitsUntilQuiet && random.Below(2) == 0 ? 0 : 1 + random.Below(1 << random.Below(Orders));
            operations.Add(operation with { Run = (ushort)run });
        }
        return new Campaign(operations);
    }
}
