using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Backends;

/// <summary>The model that is asked about campaigns of real guests.</summary>
/// <param name="target">The model of the variant that is asked for.</param>
/// <remarks>A target takes tens of megabytes: a run has these two, however much is found.</remarks>
internal sealed class AskedModel(FuzzTarget target)
{
    private FuzzTarget? mended;

    /// <summary>The model of the variant that is asked for.</summary>
    public FuzzTarget Target => target;

    /// <summary>Mainline without what nobody sees on a real guest (<see cref="ModelAnswer.Unseen"/>).</summary>
    public FuzzTarget Mended => mended ??= new FuzzTarget(VariantCatalogue.Resolve(remedies: ModelAnswer.Unseen));
}
