using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Agent;

/// <summary>What the agent shall do.</summary>
/// <param name="Verb">The verb and its arguments, separated by blanks.</param>
/// <param name="Delay">Microseconds from the arrival of the message.</param>
public readonly record struct AgentRequest(string Verb, long Delay = 0);

/// <summary>What the agent answered.</summary>
/// <param name="Error">errno, 0 for success.</param>
/// <param name="Text">What it says; lines are separated by '|'.</param>
public readonly record struct AgentReply(int Error, string Text);

/// <summary>Speaks with the agent in a guest over a console. The kernel writes to that as well: the agent's lines have an '@'.</summary>
public sealed class AgentClient : IAsyncDisposable
{
    private const string Protocol = "7"; // as in eng/guest/agent.c
    private static readonly byte[] MarkerBytes = Encoding.ASCII.GetBytes($"ccwfuzz-agent {Protocol}\0");
    private const int LongestLine = 64 << 10;
    private readonly Stream stream;
    private readonly LineReader lines;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<AgentReply>> waiting = new();
    private readonly CancellationTokenSource closing = new();
    private readonly SemaphoreSlim sending = new(1);
    private readonly Task reading;
    private TaskCompletionSource<string> ready = NewSource<string>();
    private volatile bool closed;
    private int last;

    /// <summary>The bytes in the program of an agent that speaks this protocol.</summary>
    public static ReadOnlySpan<byte> Marker => MarkerBytes;

    /// <summary>Speaks with an agent over a stream, which it closes at its end.</summary>
    public AgentClient(Stream stream)
    {
        this.stream = stream;
        lines = new LineReader(stream, LongestLine);
        reading = ReadAll();
    }

    /// <summary>Connects to the console's socket of a QEMU that may still be starting.</summary>
    /// <exception cref="MachineException">It does not listen in time.</exception>
    public static async Task<AgentClient> Connect(string path, TimeSpan time, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        return new AgentClient(await LocalSocket.Connect(path, limit.Token, stop).ConfigureAwait(false));
    }

    /// <summary>Waits until the guest is up.</summary>
    /// <returns>The kernel's release.</returns>
    /// <exception cref="MachineException">It does not come up in time.</exception>
    public async Task<string> WaitUntilReady(TimeSpan time, CancellationToken stop)
    {
        try
        {
            var words = (await ready.Task.WaitAsync(time, stop).ConfigureAwait(false)).Split(' ');
            if (words.Length == 2 && words[1] == Protocol) return words[0];
            throw new MachineException(
                MachineFault.Setup, "the initramfs has an agent of another version; eng/install-guest puts the right one into it");
        }
        catch (TimeoutException)
        {
            throw new MachineException(MachineFault.AgentSilent, $"the guest did not come up within {time.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Gives up all answers that are still to come, because the guest was reset.</summary>
    /// <param name="boots">Whether it boots, and says again that it is up.</param>
    public void Forget(bool boots)
    {
        foreach (var answer in waiting.Values) answer.TrySetCanceled();
        waiting.Clear();
        if (boots) ready = NewSource<string>();
    }

    /// <summary>Sends requests whose delays count from one moment.</summary>
    /// <returns>A task for each answer. It may never end.</returns>
    /// <exception cref="MachineException">The console closed or takes nothing.</exception>
    public async Task<IReadOnlyList<Task<AgentReply>>> Send(IReadOnlyList<AgentRequest> requests, TimeSpan time, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var answers = new List<Task<AgentReply>>(requests.Count);
        var message = new StringBuilder();
        foreach (var request in requests)
        {
            var id = Interlocked.Increment(ref last);
            var answer = NewSource<AgentReply>();
            waiting[id] = answer;
            answers.Add(answer.Task);
            message.Append(CultureInfo.InvariantCulture, $"{id} {request.Delay} {request.Verb}\n");
        }
        message.Append('\n');
        if (closed) throw Closed();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        await Write(Encoding.UTF8.GetBytes(message.ToString()), limit.Token, stop).ConfigureAwait(false);
        return answers;
    }

    /// <summary>Sends one request and waits for its answer.</summary>
    /// <returns>The answer; null if it did not come in time.</returns>
    /// <exception cref="MachineException">The console closed or takes nothing.</exception>
    public async Task<AgentReply?> TryCall(string verb, TimeSpan time, CancellationToken stop)
    {
        var answers = await Send([new AgentRequest(verb)], time, stop).ConfigureAwait(false);
        try
        {
            return await answers[0].WaitAsync(time, stop).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Sends one request that the agent answers unless the guest is broken.</summary>
    /// <exception cref="MachineException">It does not answer.</exception>
    public async Task<AgentReply> Call(string verb, TimeSpan time, CancellationToken stop) =>
        await TryCall(verb, time, stop).ConfigureAwait(false)
        ?? throw new MachineException(
            MachineFault.AgentSilent, $"the agent did not answer '{verb.Split(' ')[0]}' within {time.TotalSeconds:0.#} s");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        closing.Dispose();
        sending.Dispose();
    }

    private static TaskCompletionSource<T> NewSource<T>()
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Nobody may be waiting when it fails.
        _ = source.Task.ContinueWith(static t => _ = t.Exception, TaskContinuationOptions.OnlyOnFaulted);
        return source;
    }

    private static MachineException Closed() => new(MachineFault.QemuDied, "the guest's console closed");

    private async Task Write(byte[] bytes, CancellationToken limit, CancellationToken stop)
    {
        try
        {
            await sending.WaitAsync(limit).ConfigureAwait(false);
            try
            {
                await stream.WriteAsync(bytes, limit).ConfigureAwait(false);
            }
            finally
            {
                sending.Release();
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new MachineException(MachineFault.AgentSilent, "the guest's console takes nothing any more");
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw Closed();
        }
    }

    private async Task ReadAll()
    {
        try
        {
            while (await lines.Read(closing.Token).ConfigureAwait(false) is { } line) Take(line);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The same as the end of the stream.
        }
        closed = true;
        foreach (var answer in waiting.Values) answer.TrySetException(Closed());
        ready.TrySetException(Closed());
    }

    /// <summary>'@ID ERRNO [TEXT]'; a message of the kernel may have cut into it, so it is looked for anywhere in the line.</summary>
    private void Take(string line)
    {
        var at = line.LastIndexOf('@');
        if (at < 0) return;
        var parts = line[(at + 1)..].Split(' ', 3);
        if (parts.Length < 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var error)) return;
        var text = parts.Length > 2 ? parts[2] : "";
        if (parts[0] == "ready") ready.TrySetResult(text);
        else if (int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && waiting.TryRemove(id, out var answer))
            answer.TrySetResult(new AgentReply(error, text));
    }
}
