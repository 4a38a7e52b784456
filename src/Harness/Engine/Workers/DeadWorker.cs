namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>A process of a worker that ended before its work did.</summary>
/// <param name="Worker">The worker's number, from 1; it stays the same when it is started again.</param>
/// <param name="Exit">Exit code; 128 and more is a signal.</param>
/// <param name="Input">File with the input that it was running, or null if it ran none or it could not be written.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Executions">Executions that it had ended.</param>
internal sealed record DeadWorker(int Worker, int Exit, string? Input, ulong Seed, long Executions);
