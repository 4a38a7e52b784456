using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine.Afl;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Fuzzers;

/// <summary>The verb afl, as a process with the files and the shared memory that afl-fuzz gives it.</summary>
public sealed partial class AflCommandTests : IDisposable
{
    private const int IpcPrivate = 0;
    private const int IpcRemove = 0;
    private readonly TemporaryFolder folder = new();
    private readonly List<int> segments = [];

    public void Dispose()
    {
        foreach (var segment in segments) _ = Control(segment, IpcRemove, 0);
        folder.Dispose();
    }

    [Fact]
    public void Started_by_hand_it_says_how_it_is_started() =>
        Cli.Run("afl").IsMistake("afl-fuzz", AflSession.MapVariable, "eng/run-afl");

    [Fact]
    public void The_size_of_the_map_is_a_multiple_of_64()
    {
        var size = Cli.Run("afl", "--map-size");
        Assert.Equal(0, size.Exit);
        Assert.Equal(0, int.Parse(size.Output, CultureInfo.InvariantCulture) % 64);
    }

    [Fact]
    public void The_findings_of_a_folder_of_crashes_are_counted_by_their_keys()
    {
        foreach (var name in (string[])["crashes/id:000000,sig:06", "crashes/id:000001,sig:06", "queue/id:000000"])
        {
            folder.Write($"out/default/{name}", "");
            File.WriteAllBytes(folder[$"out/default/{name}"], CampaignParser.Parse(Cli.SeedScenario).Encode());
        }
        folder.Write("out/default/fuzzer_stats", "");
        folder.Write("out/default/crashes/README.txt", "");
        var keys = Cli.Run("afl", "--variant", "unpinned", "--keys", folder["out"], "--json").Json;
        Assert.Equal(2, (int)Assert.Single(keys).Value!);
        Assert.Matches("^ +2 pool-", Cli.Run("afl", "--variant", "unpinned", "--keys", folder["out"]).Output);
        Cli.Run("afl", "--keys", folder["nothing"]).IsMistake("nothing");
    }

    [Theory]
    [InlineData("x", "no number")]
    [InlineData("-2", "cannot attach")]
    public void Shared_memory_that_is_not_there_is_a_mistake(string id, string says)
    {
        Environment.SetEnvironmentVariable(AflSession.MapVariable, id);
        try
        {
            Cli.Run("afl").IsMistake(AflSession.MapVariable, says);
        }
        finally
        {
            Environment.SetEnvironmentVariable(AflSession.MapVariable, null);
        }
    }

    [Fact]
    public void A_map_that_is_too_small_is_a_mistake()
    {
        Environment.SetEnvironmentVariable(AflSession.MapVariable, $"{NewSegment(4096)}");
        try
        {
            Cli.Run("afl").IsMistake("AFL_MAP_SIZE=");
        }
        finally
        {
            Environment.SetEnvironmentVariable(AflSession.MapVariable, null);
        }
    }

    [Fact]
    public void A_process_with_real_pipes_and_shared_memory_serves_until_they_are_closed()
    {
        var input = CampaignParser.Parse(Cli.SeedScenario).Encode();
        var (map, testCase) = (NewSegment(1 << 17), NewSegment(1 << 20));
        using var process = Start("unpinned", map, testCase);
        using (var control = new FileStream(folder["control"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0))
        using (var status = new FileStream(folder["status"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0))
        {
            Environment.SetEnvironmentVariable("CCWFUZZ_TEST_SEGMENT", $"{testCase}");
            using var place = SharedMemory.FromEnvironment("CCWFUZZ_TEST_SEGMENT")!;
            Environment.SetEnvironmentVariable("CCWFUZZ_TEST_SEGMENT", $"{map}");
            using var counters = SharedMemory.FromEnvironment("CCWFUZZ_TEST_SEGMENT")!;
            Environment.SetEnvironmentVariable("CCWFUZZ_TEST_SEGMENT", null);
            Assert.Equal(1 << 20, place.Size);
            Assert.NotEqual(0u, Read(status) & ForkServer.SharedTestCases);
            control.Write(BitConverter.GetBytes(ForkServer.Enabled | ForkServer.SharedTestCases));
            BitConverter.TryWriteBytes(place.Bytes, input.Length);
            input.CopyTo(place.Bytes[sizeof(int)..]);
            control.Write(new byte[sizeof(int)]);
            Assert.NotEqual((uint)process.Id, Read(status)); // what is killed after a timeout is not what serves
            Assert.Equal((uint)WaitStatus.Violation, Read(status));
            Assert.NotEqual(-1, counters.Bytes.IndexOfAnyExcept((byte)0));
        }
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private Process Start(string variant, int map, int testCase)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "ccwfuzz.dll");
        var script = $"mkfifo '{folder["control"]}' '{folder["status"]}' && echo && "
            + $"exec '{Environment.ProcessPath}' '{program}' afl --variant {variant} "
            + $"{ForkServer.ControlFile}<'{folder["control"]}' {ForkServer.StatusFile}>'{folder["status"]}'";
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.Environment[AflSession.MapVariable] = $"{map}";
        start.Environment[AflSession.TestCaseVariable] = $"{testCase}";
        var process = Process.Start(start)!;
        process.StandardOutput.ReadLine(); // the pipes are there
        return process;
    }

    private int NewSegment(int size)
    {
        var segment = Get(IpcPrivate, size, 0x1b0);
        Assert.True(segment >= 0, "there is no System V shared memory");
        segments.Add(segment);
        return segment;
    }

    private static uint Read(Stream stream)
    {
        var word = new byte[sizeof(uint)];
        stream.ReadExactly(word);
        return BitConverter.ToUInt32(word);
    }

    [LibraryImport("libc", EntryPoint = "shmget")]
    private static partial int Get(int key, nint size, int flags);

    [LibraryImport("libc", EntryPoint = "shmctl")]
    private static partial int Control(int id, int command, nint status);
}
