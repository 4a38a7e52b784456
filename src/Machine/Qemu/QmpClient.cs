using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Qemu;

/// <summary>QEMU's monitor protocol: commands with numbers and answers in any order. Events are passed over.</summary>
/// <remarks>Every command ends within its time, whatever the other side does.</remarks>
public sealed class QmpClient : IAsyncDisposable
{
    private const int LongestLine = 1 << 20;
    private readonly Stream stream;
    private readonly LineReader lines;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> waiting = new();
    private readonly CancellationTokenSource closing = new();
    private readonly SemaphoreSlim sending = new(1);
    private Task reading = Task.CompletedTask;
    private MachineException? broken;
    private int last;

    private QmpClient(Stream stream)
    {
        this.stream = stream;
        lines = new LineReader(stream, LongestLine);
    }

    /// <summary>Connects to the socket of a QEMU that may still be starting, and agrees on the protocol.</summary>
    /// <exception cref="MachineException">It does not listen in time, or speaks something else.</exception>
    public static async Task<QmpClient> Connect(string path, TimeSpan time, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        var client = new QmpClient(await LocalSocket.Connect(path, limit.Token, stop).ConfigureAwait(false));
        try
        {
            if (await client.lines.Read(limit.Token).ConfigureAwait(false) is not { } greeting || Parse(greeting)?["QMP"] is null)
                throw new MachineException(MachineFault.QemuDied, "QEMU's monitor does not greet as QMP does");
            client.reading = client.ReadAll();
            await client.Execute("qmp_capabilities", null, time, stop).ConfigureAwait(false);
            return client;
        }
        catch (Exception e)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && !stop.IsCancellationRequested)
                throw new MachineException(MachineFault.QemuDied, "QEMU's monitor is silent");
            if (e is IOException) throw new MachineException(MachineFault.QemuDied, $"QEMU's monitor closed: {e.Message}");
            throw;
        }
    }

    /// <summary>Executes a command and returns what it returns.</summary>
    /// <exception cref="MachineException">It was refused, did not end in time, or the connection is lost.</exception>
    public async Task<JsonNode?> Execute(string command, JsonObject? arguments, TimeSpan time, CancellationToken stop)
    {
        if (broken is not null) throw Broken();
        var id = Interlocked.Increment(ref last);
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[id] = answer;
        try
        {
            var request = new JsonObject { ["execute"] = command, ["id"] = id };
            if (arguments is not null) request["arguments"] = arguments;
            await Send(request.ToJsonString() + "\n", time, stop).ConfigureAwait(false);
            if (broken is not null) throw Broken(); // it broke before we waited
            var reply = await answer.Task.WaitAsync(time, stop).ConfigureAwait(false);
            if (reply["error"] is JsonObject error)
                throw new MachineException(MachineFault.Refused, $"QEMU refused {command}: {error["desc"] ?? "without a reason"}");
            return reply["return"];
        }
        catch (TimeoutException)
        {
            throw new MachineException(MachineFault.QemuDied, $"QEMU did not answer {command} within {time.TotalSeconds:0.#} s");
        }
        finally
        {
            waiting.TryRemove(id, out _);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        await stream.DisposeAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
        closing.Dispose();
        sending.Dispose();
    }

    private MachineException Broken() => new(broken!.Fault, broken.Message);

    private async Task Send(string text, TimeSpan time, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        try
        {
            await sending.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(text), limit.Token).ConfigureAwait(false);
            }
            finally
            {
                sending.Release();
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            throw new MachineException(MachineFault.QemuDied, $"QEMU's monitor closed: {e.Message}");
        }
    }

    private async Task ReadAll()
    {
        var reason = "QEMU's monitor closed";
        try
        {
            while (await lines.Read(closing.Token).ConfigureAwait(false) is { } line)
            {
                if (line.Length == 0) continue;
                if (Parse(line) is { } message)
                {
                    Take(message);
                    continue;
                }
                reason = $"QEMU's monitor sent what is no QMP: {line[..Math.Min(line.Length, 80)]}";
                break;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The same as the end of the stream.
        }
        broken = new MachineException(MachineFault.QemuDied, reason);
        foreach (var answer in waiting.Values) answer.TrySetException(Broken());
    }

    private void Take(JsonObject message)
    {
        if (message["id"] is JsonValue id && id.TryGetValue<int>(out var number) && waiting.TryRemove(number, out var answer))
            answer.TrySetResult(message);
    }

    private static JsonObject? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
