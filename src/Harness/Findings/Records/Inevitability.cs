namespace CcwFuzz.Harness.Findings.Records;

/// <summary>The point of an execution from which its violation comes about whatever the schedule does.</summary>
/// <param name="Operation">Number of the operation that was started last; -1 before the first.</param>
/// <param name="Point">Number of the decision since that operation started.</param>
/// <param name="Decision">Number of the decision since the execution began: it and all later ones do not matter.</param>
/// <param name="Decisions">Decisions of the whole execution.</param>
/// <param name="Step">Scheduling points passed before it: finds the place in the trace.</param>
/// <param name="Tries">Other schedules that were tried from there; all of them led to the same key.</param>
internal sealed record Inevitability(int Operation, int Point, int Decision, int Decisions, int Step, int Tries);
