using System.Globalization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target;
using Microsoft.Win32.SafeHandles;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>One life as the target of afl-fuzz, or of its tools.</summary>
/// <param name="target">What is run.</param>
/// <param name="findings">Folder beside which inputs are kept that show a bug of the model.</param>
/// <param name="log">stderr; afl-fuzz shows it only if AFL_DEBUG_CHILD is set.</param>
/// <param name="times">File for the times of executions, or null.</param>
internal sealed class AflSession(FuzzTarget target, string findings, TextWriter log, string? times = null)
{
    /// <summary>Number of the segment with the map.</summary>
    public const string MapVariable = "__AFL_SHM_ID";

    /// <summary>Number of the segment with test cases.</summary>
    public const string TestCaseVariable = "__AFL_SHM_FUZZ_ID";

    /// <summary>What says that a target started by hand is not what was meant.</summary>
    public const string HowToStart =
        "start it by afl-fuzz: AFL_SKIP_BIN_CHECK=1 afl-fuzz -i SEEDS -o OUT -- ccwfuzz afl --variant NAME; eng/run-afl does it all";

    /// <summary>Runs until afl-fuzz ends.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">It was not started by afl-fuzz.</exception>
    public int Run()
    {
        using var map = SharedMemory.FromEnvironment(MapVariable)
            ?? throw new UsageException($"'afl' is a target of afl-fuzz, and there is no {MapVariable}; {HowToStart}");
        var runner = new AflTarget(target, Complain);
        if (map.Size < runner.Map.Size)
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                $"the map of afl-fuzz has {map.Size} bytes, {runner.Map.Size} are needed; set AFL_MAP_SIZE={runner.Map.Size}"));
        }
        using var writer = times is null ? null : new StreamWriter(times);
        return IsOpen(ForkServer.StatusFile) ? Serve(runner, map, writer) : RunOnce(runner, map);
    }

    private static int Serve(AflTarget runner, SharedMemory map, TextWriter? times)
    {
        using var shared = SharedMemory.FromEnvironment(TestCaseVariable);
        using var control = Open(ForkServer.ControlFile, FileAccess.Read);
        using var status = Open(ForkServer.StatusFile, FileAccess.Write);
        using var child = new StandIn();
        runner.WarmUp();
        var server = new ForkServer(control, status, runner, child, times);
        if (server.Greet(shared is not null) is not { } isShared) return ExitCode.Clean;
        if (isShared) server.Serve(map, new SharedTestCases(shared!));
        else server.Serve(map, new FileTestCases(StandardInput()));
        return ExitCode.Clean;
    }

    /// <summary>Without a fork server, as afl-showmap starts it: one input from standard input.</summary>
    private static int RunOnce(AflTarget runner, SharedMemory map) =>
        runner.Run(new FileTestCases(StandardInput()).Current, map.Bytes[..runner.Map.Size]) switch
        {
            Ending.Clean => ExitCode.Clean,
            Ending.Violation => ExitCode.Violation,
            _ => ExitCode.Internal,
        };

    private void Complain(string key, string title, byte[] input)
    {
        log.WriteLine($"ccwfuzz: a bug of the model itself, not a finding: {title}");
        try
        {
            log.WriteLine($"ccwfuzz: its input is in '{new FindingStore(findings).KeepInternal(key, [("executed.bin", input)])}'");
        }
        catch (Exception e) when (e is UsageException || UsageException.IsFileError(e))
        {
            log.WriteLine($"ccwfuzz: its input cannot be written ({e.Message}), in base 64: {Convert.ToBase64String(input)}");
        }
    }

    private static bool IsOpen(int file) => File.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file}"))
        || Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{file}"));

    private static FileStream Open(int file, FileAccess access) => new(new SafeFileHandle(file, ownsHandle: false), access, bufferSize: 0);

    private static FileStream StandardInput() => Open(0, FileAccess.Read);
}
