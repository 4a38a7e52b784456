namespace CcwFuzz.Target.Simulation;

/// <summary>The build puts no probes into this method: which way it goes depends on earlier executions, because it reuses objects.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
public sealed class UncountedAttribute : Attribute;
