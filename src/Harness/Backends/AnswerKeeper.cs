using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Backends;

/// <summary>Keeps what real kernels answered.</summary>
/// <param name="store">The findings of real guests.</param>
/// <param name="variant">What the model is asked on.</param>
/// <param name="context">Builds the model, and is told what is not kept.</param>
internal sealed class AnswerKeeper(FindingStore store, Variant variant, CommandContext context)
{
    /// <summary>An answer of more runs of the same campaign on the same guest says more, and stays.</summary>
    public bool IsAtLeastAsLong(LoadedInput input, LinuxReplay replay)
    {
        if (input.Finding is not { } finding) return true;
        var earlier = RealAnswer.Runs(finding.Folder, replay);
        if (earlier <= replay.Outcomes.Count) return true;
        context.Log.WriteLine($"not kept: {RealAnswer.FileName} has an answer of {earlier} runs from this kernel and QEMU, this one has "
            + $"{replay.Outcomes.Count} (--times {earlier} replaces it)");
        return false;
    }

    /// <summary>Keeps an answer: in the finding that was played, otherwise as a finding of its own.</summary>
    /// <remarks>Points that are not given are those of the first run that showed it.</remarks>
    /// <param name="input">What was played.</param>
    /// <param name="replay">What it showed.</param>
    /// <param name="pace">Microseconds that a scheduling point was.</param>
    /// <param name="given">Where operations happened exactly, if that was given.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public void Keep(LoadedInput input, LinuxReplay replay, double pace, IReadOnlyList<ExactPoint>? given)
    {
        var folder = input.Finding?.Folder ?? (replay.Problem is { } problem ? store.PathOf(problem.Key) : null);
        if (folder is null) return;
        // A file that shows what is a finding already is another campaign of that finding.
        var stored = input.Finding ?? (replay.Problem is { } shown ? StoredFinding.Find(store.Folder, shown.Key) : null);
        var counted = input.Finding is null ? replay.For(replay.Problem!.Key) : replay;
        var points = given ?? counted.Points;
        try
        {
            var asked = new AskedModel(context.NewTarget(variant));
            if (stored is null)
            {
                var finding = RealFinding.Of(replay, new RealCampaign(Paced(input.Campaign, pace), points), asked);
                store.Replace(finding.Problem.Key, finding.Files(seed: 0));
            }
            else if (stored.IsReal)
            {
                var campaign = input.Finding is null ? Paced(input.Campaign, pace) : input.Campaign;
                var again = RealFinding.Again(stored, counted, new RealCampaign(campaign, points), asked);
                foreach (var (name, content) in again.Files(stored.Real!.Seed))
                    AtomicFile.Write(Path.Combine(folder, name), content);
            }
            RealAnswer.Keep(folder, counted, counted.Hits, points);
        }
        catch (IOException e)
        {
            throw UsageException.ForFile("write", folder, e);
        }
    }

    /// <summary>The campaign with microseconds in the place of points of that many microseconds.</summary>
    private static Campaign Paced(Campaign campaign, double pace) => new([.. campaign.Operations.Select(o =>
        o.WaitsUntilQuiet ? o : o with { Run = (ushort)Math.Clamp(1 + (o.Points * pace), 1, ushort.MaxValue) })]);
}
