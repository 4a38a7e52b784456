using System.Runtime.CompilerServices;

namespace CcwFuzz.Target.Simulation;

/// <summary>The exception that ends the execution, from the frame that threw to the scheduler's loop.</summary>
/// <remarks>Static because a frame does not know its world; one process runs one execution at a time.</remarks>
internal static class PendingFault
{
    private static Exception? pending;

    internal static bool Exists => pending is not null;

    internal static void Set(Exception exception) => pending ??= exception;

    internal static Exception? Take()
    {
        var taken = pending;
        pending = null;
        return taken;
    }
}

/// <summary>Stands for a frame that threw: it never completes, so nobody above it runs on.</summary>
/// <remarks>One for each fault: it refers to the frame that awaits it, and that to the whole model.</remarks>
internal sealed class FaultedFiber<T> : Fiber<T>
{
    internal override void Resume()
    {
    }

    internal override void Recycle()
    {
    }
}

/// <summary>A pooled frame.</summary>
internal sealed class FiberBox<TMachine, TResult> : Fiber<TResult> where TMachine : IAsyncStateMachine
{
    private const int PoolLimit = 64;
    private static readonly Stack<FiberBox<TMachine, TResult>> Pool = new();
    private TMachine machine = default!;

    internal static FiberBox<TMachine, TResult> Rent() => Pool.TryPop(out var box) ? box : new FiberBox<TMachine, TResult>();

    internal void Start(ref TMachine stateMachine) => machine = stateMachine;

    internal override void Resume() => machine.MoveNext();

    internal override void Recycle()
    {
        machine = default!;
        IsDone = false;
        Awaiter = null;
        Result = default;
        if (Pool.Count < PoolLimit) Pool.Push(this);
    }
}

/// <summary>What suspension means for a guest function; used by the compiler through SimTask.</summary>
public struct SimTaskBuilder
{
    private Fiber? fiber;

    /// <summary>Called by the compiler.</summary>
    public static SimTaskBuilder Create() => default;

    /// <summary>Called by the compiler.</summary>
    public readonly SimTask Task => new(fiber);

    /// <summary>Called by the compiler.</summary>
    public readonly void Start<TMachine>(ref TMachine stateMachine) where TMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Called by the compiler.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>Called by the compiler.</summary>
    public readonly void SetResult() => fiber?.Complete();

    /// <summary>Called by the compiler.</summary>
    public void SetException(Exception exception)
    {
        PendingFault.Set(exception);
        fiber ??= new FaultedFiber<int>();
    }

    /// <summary>Called by the compiler.</summary>
    public void AwaitOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine stateMachine)
        where TAwaiter : INotifyCompletion where TMachine : IAsyncStateMachine => Suspend(ref awaiter, ref stateMachine);

    /// <summary>Called by the compiler.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion where TMachine : IAsyncStateMachine => Suspend(ref awaiter, ref stateMachine);

    private void Suspend<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine stateMachine) where TMachine : IAsyncStateMachine
    {
        if (fiber is null)
        {
            var box = FiberBox<TMachine, int>.Rent();
            fiber = box;
            box.Start(ref stateMachine);
        }
        ((ISimAwaiter)awaiter!).Park(fiber);
    }
}

/// <summary>As <see cref="SimTaskBuilder"/>, for functions that return a value.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
public struct SimTaskBuilder<T>
{
    private Fiber<T>? fiber;
    private T? result;

    /// <summary>Called by the compiler.</summary>
    public static SimTaskBuilder<T> Create() => default;

    /// <summary>Called by the compiler.</summary>
    public readonly SimTask<T> Task => new(fiber, result);

    /// <summary>Called by the compiler.</summary>
    public readonly void Start<TMachine>(ref TMachine stateMachine) where TMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>Called by the compiler.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>Called by the compiler.</summary>
    public void SetResult(T value)
    {
        if (fiber is null)
        {
            result = value;
            return;
        }
        fiber.Result = value;
        fiber.Complete();
    }

    /// <summary>Called by the compiler.</summary>
    public void SetException(Exception exception)
    {
        PendingFault.Set(exception);
        fiber ??= new FaultedFiber<T>();
    }

    /// <summary>Called by the compiler.</summary>
    public void AwaitOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine stateMachine)
        where TAwaiter : INotifyCompletion where TMachine : IAsyncStateMachine => Suspend(ref awaiter, ref stateMachine);

    /// <summary>Called by the compiler.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion where TMachine : IAsyncStateMachine => Suspend(ref awaiter, ref stateMachine);

    private void Suspend<TAwaiter, TMachine>(ref TAwaiter awaiter, ref TMachine stateMachine) where TMachine : IAsyncStateMachine
    {
        if (fiber is null)
        {
            var box = FiberBox<TMachine, T>.Rent();
            fiber = box;
            box.Start(ref stateMachine);
        }
        ((ISimAwaiter)awaiter!).Park(fiber);
    }
}
