using CcwFuzz.Harness.Benchmarks.PastDefects;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.TriageAtScale;

/// <summary>Fuzzes past defects, each by itself, for inputs that violate something because of it.</summary>
/// <remarks>
/// An input counts if it is clean without the defect, and if nothing around it shows the same key there: with the defect, the
/// same campaign may only have met another schedule.
/// </remarks>
/// <param name="plan">What is run; its number of executions is the most for each defect.</param>
/// <param name="seeds">Inputs to start from.</param>
/// <param name="newTarget">Builds what is run.</param>
internal sealed class ViolationSource(FuzzPlan plan, IReadOnlyList<byte[]> seeds, Func<Variant, FuzzTarget> newTarget)
{
    /// <summary>Collects violations of a defect: what the usual inputs lead to, and then what these lead to.</summary>
    /// <param name="defect">The defect.</param>
    /// <param name="count">How many different inputs are wanted.</param>
    /// <param name="stop">Ends it early.</param>
    public IReadOnlyList<RawViolation> Collect(Switch defect, int count, StopSignal stop)
    {
        var ground = DefectGround.Of(defect);
        var caused = new CausedBy(new Neighbourhood(newTarget(ground.Resolve()), plan.Seed));
        var variant = ground.Resolve(defect.Id);
        Fuzz(plan with { Variant = variant }, seeds);
        if (caused.Inputs.Count > 0) Fuzz(plan with { Variant = variant, KeepsViolations = true }, [.. caused.Inputs]);
        return [.. caused.Inputs.Select(input => new RawViolation(defect, variant, input))];

        void Fuzz(FuzzPlan part, IReadOnlyList<byte[]> start)
        {
            using var enough = new StopSignal();
            using var both = stop.Token.Register(enough.Request);
            if (caused.Inputs.Count == count) return;
            var fuzzer = new Fuzzer(part, newTarget(variant), new NoObserver(), enough);
            fuzzer.Executed = (campaign, key) =>
            {
                if (key is null || caused.Inputs.Count == count) return;
                caused.Add(campaign, key);
                if (caused.Inputs.Count == count) enough.Request();
            };
            fuzzer.Run(start);
        }
    }

    /// <summary>The different inputs that violate something because of a defect.</summary>
    private sealed class CausedBy(Neighbourhood without)
    {
        private readonly HashSet<string> own = new(StringComparer.Ordinal);
        private readonly HashSet<string> common = new(StringComparer.Ordinal);
        private readonly HashSet<string> names = new(StringComparer.Ordinal);

        public List<byte[]> Inputs { get; } = [];

        public void Add(Campaign campaign, string key)
        {
            if (common.Contains(key) || !without.IsClean(campaign)) return;
            if (!own.Contains(key))
            {
                var isCommon = without.Shows(campaign, key);
                (isCommon ? common : own).Add(key);
                if (isCommon) return;
            }
            var input = campaign.Encode();
            if (names.Add(InputFiles.ContentName(input))) Inputs.Add(input);
        }
    }
}
