using System.Runtime.InteropServices;

namespace CcwFuzz.Harness.Contract;

/// <summary>Tells the engine to end: Ctrl-C, SIGTERM, or the end of a worker's standard input.</summary>
/// <remarks>
/// The first signal ends the run cleanly. Who sends one to a process and to its group sends it twice, so another one within a second
/// is the same; a later one is not caught, and ends the process at once.
/// </remarks>
internal sealed class StopSignal(TimeProvider? time = null) : IDisposable
{
    private static readonly TimeSpan SameSignal = TimeSpan.FromSeconds(1);
    private readonly TimeProvider time = time ?? TimeProvider.System;
    private long? firstSignal;
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly ManualResetEventSlim requested = new();
    private readonly CancellationTokenSource source = new();
    private readonly Lock ending = new();
    private bool isOver;

    /// <summary>Whether the run should end.</summary>
    public bool IsRequested => requested.IsSet;

    /// <summary>Ends what waits.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>Asks the run to end; nothing happens if it is over.</summary>
    /// <remarks>Comes from a signal, or from the thread on standard input, which lives as long as the process.</remarks>
    public void Request()
    {
        lock (ending)
        {
            if (isOver) return;
            requested.Set();
            source.Cancel();
        }
    }

    /// <summary>Waits until the end is asked for.</summary>
    /// <returns>Whether it was, within the time given.</returns>
    public bool Wait(TimeSpan time) => requested.Wait(time);

    /// <summary>Ends the run on SIGINT, SIGTERM and SIGHUP.</summary>
    public void ListenToSignals()
    {
        foreach (var signal in (ReadOnlySpan<PosixSignal>)[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = Take();
            }));
        }
    }

    /// <summary>A signal arrived.</summary>
    /// <returns>Whether it was dealt with; the process is to end at once otherwise.</returns>
    public bool Take()
    {
        lock (ending)
        {
            firstSignal ??= time.GetTimestamp();
            if (time.GetElapsedTime(firstSignal.Value) > SameSignal) return false;
        }
        Request();
        return true;
    }

    /// <summary>Ends the run when standard input ends: the parent closed it, or died.</summary>
    public void ListenToStandardInput()
    {
        var input = Console.OpenStandardInput();
        var listener = new Thread(() =>
        {
            var buffer = new byte[64];
            try
            {
                while (input.Read(buffer) > 0)
                {
                }
            }
            catch (IOException)
            {
                // As good as its end.
            }
            Request();
        })
        {
            IsBackground = true,
            Name = "standard input",
        };
        listener.Start();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        lock (ending)
        {
            isOver = true;
            requested.Dispose();
            source.Dispose();
        }
    }
}
