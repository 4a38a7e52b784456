using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Gives operations their defaults, one field at a time: no overlap, slot 0, the first type, no sector.</summary>
internal sealed class SimplifyOperations : IPass
{
    /// <inheritdoc/>
    public string Name => "simplify-operations";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        for (var i = reduction.Current.Operations.Count - 1; i >= 0; i--)
        {
            for (var field = 0; field < 4 && i < reduction.Current.Operations.Count; field++)
            {
                var operation = reduction.Current.Operations[i];
                var simpler = OperationCatalogue.Normalize(field switch
                {
                    0 => operation with { Run = 0 },
                    1 => operation with { A = 0 },
                    2 => operation with { B = 0 },
                    _ => operation with { Slot = 0 },
                });
                if (simpler != operation) reduction.Try(Edit.With(reduction.Current, i, simpler));
            }
        }
    }
}
