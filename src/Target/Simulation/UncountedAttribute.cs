namespace CcwFuzz.Target.Simulation;

/// <summary>The build puts no probes into this method: its counts depend on earlier executions.</summary>
/// <remarks>It reuses objects, or runs once in a process.</remarks>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
public sealed class UncountedAttribute : Attribute;
