namespace CcwFuzz.Target.Tests.Checks;

/// <summary>The test breaks invariants that no campaign is known to break, and sees them fire.</summary>
/// <param name="numbers">Their numbers; one that nothing can break is shown to be ruled out.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FiresAttribute(params int[] numbers) : Attribute
{
    /// <summary>The numbers of the invariants.</summary>
    public IReadOnlyList<int> Numbers { get; } = numbers;
}
