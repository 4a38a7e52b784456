namespace CcwFuzz.Target.Simulation;

/// <summary>The build puts no probes into this method: it reuses objects, or runs once in a process, so that its counts depend on earlier executions.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
public sealed class UncountedAttribute : Attribute;
