namespace CcwFuzz.Target.Simulation;

/// <summary>The build puts no probes into this method: it reuses objects, so which way it goes depends on earlier executions.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Constructor)]
public sealed class UncountedAttribute : Attribute;
