using System.Buffers.Binary;
using System.IO.Pipes;
using CcwFuzz.Harness.Engine.Afl;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Tests.Fuzzers;

/// <summary>Plays afl-fuzz: two pipes, a map and a place for test cases; the fork server runs in another thread.</summary>
internal sealed class FakeAfl : IMap, IDisposable
{
    private readonly AnonymousPipeServerStream control = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream status = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream controlEnd;
    private readonly AnonymousPipeClientStream statusEnd;
    private readonly byte[] map;
    private readonly Task serving;

    /// <summary>Starts a fork server around a target.</summary>
    /// <param name="target">What is run.</param>
    /// <param name="child">What dies in its place.</param>
    /// <param name="complaints">Bugs of the model that it complains of.</param>
    public FakeAfl(FuzzTarget target, IChild child, List<string>? complaints = null)
    {
        controlEnd = new AnonymousPipeClientStream(PipeDirection.In, control.ClientSafePipeHandle);
        statusEnd = new AnonymousPipeClientStream(PipeDirection.Out, status.ClientSafePipeHandle);
        var runner = new AflTarget(target, (key, title, _) => complaints?.Add($"{key}: {title}"));
        map = new byte[runner.Map.Size + 100]; // afl-fuzz has room for more
        Server = new ForkServer(controlEnd, statusEnd, runner, child);
        serving = Task.Run(() =>
        {
            if (Server.Greet(canShare: true) == true) Server.Serve(this, new SharedTestCases(TestCase));
        });
        Hello = (uint)Read();
        Write(unchecked((int)(ForkServer.Enabled | ForkServer.SharedTestCases)));
    }

    /// <summary>What it said first.</summary>
    public uint Hello { get; }

    /// <summary>The fork server.</summary>
    public ForkServer Server { get; }

    /// <summary>Where the test case is.</summary>
    public Memory TestCase { get; } = new(1 << 13);

    /// <inheritdoc/>
    public Span<byte> Bytes => map;

    /// <summary>The counters that the last execution set.</summary>
    public List<int> Set => [.. Enumerable.Range(0, map.Length).Where(i => map[i] != 0)];

    /// <summary>Runs one input as afl-fuzz does.</summary>
    /// <returns>The number of the child, and its wait status.</returns>
    public (int Child, int Status) Run(ReadOnlySpan<byte> input, int wasKilled = 0)
    {
        Array.Clear(map);
        TestCase.Write(input.Length, input);
        Write(wasKilled);
        return (Read(), Read());
    }

    /// <summary>afl-fuzz is gone.</summary>
    public void HangUp()
    {
        control.Dispose();
        serving.Wait();
    }

    public void Dispose()
    {
        HangUp();
        controlEnd.Dispose();
        statusEnd.Dispose();
        status.Dispose();
    }

    private int Read()
    {
        var word = new byte[sizeof(int)];
        status.ReadExactly(word);
        return BinaryPrimitives.ReadInt32LittleEndian(word);
    }

    private void Write(int value) => control.Write(BitConverter.GetBytes(value));

    /// <summary>Memory with a length and bytes.</summary>
    internal sealed class Memory(int size) : IMap
    {
        private readonly byte[] bytes = new byte[size];

        public Span<byte> Bytes => bytes;

        public void Write(int length, ReadOnlySpan<byte> content)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
            content.CopyTo(bytes.AsSpan(sizeof(int)));
        }
    }
}

/// <summary>A child that dies when it is told to.</summary>
internal sealed class FakeChild : IChild
{
    public int Id { get; private set; } = 100;

    public bool IsAlive { get; set; } = true;

    public void Renew()
    {
        IsAlive = true;
        Id++;
    }

    public void Dispose()
    {
    }
}
