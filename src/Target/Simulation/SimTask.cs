using System.Runtime.CompilerServices;

namespace CcwFuzz.Target.Simulation;

/// <summary>Something that can be resumed: the suspended frame of a guest function.</summary>
public abstract class Fiber
{
    /// <summary>Who awaits this frame's end.</summary>
    internal Fiber? Awaiter { get; set; }

    /// <summary>Whether the function returned.</summary>
    internal bool IsDone { get; set; }

    /// <summary>Runs on from where the frame was suspended.</summary>
    internal abstract void Resume();

    /// <summary>Gives the frame back to its pool.</summary>
    internal abstract void Recycle();

    /// <summary>Marks the end and runs on in the caller.</summary>
    internal void Complete()
    {
        IsDone = true;
        var awaiter = Awaiter;
        Awaiter = null;
        awaiter?.Resume();
    }
}

/// <summary>A frame whose function returns a value.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public abstract class Fiber<T> : Fiber
{
    /// <summary>The value, once the function returned.</summary>
    internal T? Result { get; set; }
}

/// <summary>An awaiter that can park a frame until the scheduler resumes it.</summary>
internal interface ISimAwaiter
{
    void Park(Fiber fiber);
}

/// <summary>A guest function that may be interrupted, preempted or put to sleep. Await it exactly once.</summary>
/// <remarks>
/// Costs no allocation while nothing suspends; a frame that suspends comes from a pool and goes back when it is awaited.
/// An exception ends the whole execution: it is handed to the scheduler at the innermost frame and never travels further.
/// </remarks>
[AsyncMethodBuilder(typeof(SimTaskBuilder))]
public readonly struct SimTask
{
    private readonly Fiber? fiber;

    internal SimTask(Fiber? fiber) => this.fiber = fiber;

    /// <summary>A function that already returned.</summary>
    public static SimTask Done => default;

    internal Fiber? Fiber => fiber;

    /// <summary>For await.</summary>
    public Awaiter GetAwaiter() => new(fiber);

    /// <summary>For await.</summary>
    public readonly struct Awaiter : ICriticalNotifyCompletion, ISimAwaiter
    {
        private readonly Fiber? fiber;

        internal Awaiter(Fiber? fiber) => this.fiber = fiber;

        /// <summary>Whether the function returned without suspending.</summary>
        public bool IsCompleted => fiber is null || fiber.IsDone;

        /// <summary>Ends the await.</summary>
        public void GetResult() => fiber?.Recycle();

        void ISimAwaiter.Park(Fiber fiber) => this.fiber!.Awaiter = fiber;

        /// <summary>Not used: only guest functions await guest functions.</summary>
        public void OnCompleted(Action continuation) => throw new NotSupportedException();

        /// <summary>Not used: only guest functions await guest functions.</summary>
        public void UnsafeOnCompleted(Action continuation) => throw new NotSupportedException();
    }
}

/// <summary>A guest function that returns a value; see <see cref="SimTask"/>.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
[AsyncMethodBuilder(typeof(SimTaskBuilder<>))]
public readonly struct SimTask<T>
{
    private readonly Fiber<T>? fiber;
    private readonly T? result;

    internal SimTask(Fiber<T>? fiber, T? result)
    {
        this.fiber = fiber;
        this.result = result;
    }

    /// <summary>A function that already returned.</summary>
    public static implicit operator SimTask<T>(T result) => new(null, result);

    /// <summary>For await.</summary>
    public Awaiter GetAwaiter() => new(fiber, result);

    /// <summary>For await.</summary>
    public readonly struct Awaiter : ICriticalNotifyCompletion, ISimAwaiter
    {
        private readonly Fiber<T>? fiber;
        private readonly T? result;

        internal Awaiter(Fiber<T>? fiber, T? result)
        {
            this.fiber = fiber;
            this.result = result;
        }

        /// <summary>Whether the function returned without suspending.</summary>
        public bool IsCompleted => fiber is null || fiber.IsDone;

        /// <summary>Ends the await.</summary>
        public T GetResult()
        {
            if (fiber is null) return result!;
            var value = fiber.Result!;
            fiber.Recycle();
            return value;
        }

        void ISimAwaiter.Park(Fiber fiber) => this.fiber!.Awaiter = fiber;

        /// <summary>Not used: only guest functions await guest functions.</summary>
        public void OnCompleted(Action continuation) => throw new NotSupportedException();

        /// <summary>Not used: only guest functions await guest functions.</summary>
        public void UnsafeOnCompleted(Action continuation) => throw new NotSupportedException();
    }
}
