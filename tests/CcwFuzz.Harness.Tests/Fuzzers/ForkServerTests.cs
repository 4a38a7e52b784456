using System.Diagnostics;
using CcwFuzz.Harness.Engine.Afl;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Fuzzers;

/// <summary>The protocol of afl-fuzz, with a peer that plays it.</summary>
public sealed class ForkServerTests
{
    private static readonly byte[] Violating = CampaignParser.Parse(Cli.SeedScenario).Encode();
    private static readonly byte[] Harmless = CampaignParser.Parse("plug 0\nunplug 0\n").Encode();

    [Fact]
    public void The_hello_offers_shared_test_cases_and_says_the_size_of_the_map()
    {
        var target = Toy();
        using var afl = new FakeAfl(target, new FakeChild());
        Assert.Equal(ForkServer.Enabled, afl.Hello & ForkServer.Enabled);
        Assert.NotEqual(0u, afl.Hello & ForkServer.SharedTestCases);
        Assert.NotEqual(0u, afl.Hello & ForkServer.HasMapSize);
        Assert.Equal(new CounterMap(target).Size, (int)((afl.Hello & 0x00ff_fffe) >> 1) + 1);
    }

    [Fact]
    public void Without_shared_test_cases_nobody_answers_the_hello()
    {
        using var control = new MemoryStream();
        using var status = new MemoryStream();
        var server = new ForkServer(control, status, new AflTarget(Toy(), (_, _, _) => { }), new FakeChild());
        Assert.False(server.Greet(canShare: false));
        Assert.Equal(0u, BitConverter.ToUInt32(status.ToArray()) & ForkServer.SharedTestCases);
        Assert.Null(server.Greet(canShare: true)); // here it waits for the answer, and afl-fuzz is gone
    }

    [Fact]
    public void A_violation_is_a_death_by_a_signal_and_the_next_input_is_run_all_the_same()
    {
        using var afl = new FakeAfl(Toy(), new FakeChild());
        Assert.Equal((100, WaitStatus.Exited), afl.Run(Harmless));
        var clean = afl.Set;
        Assert.NotEmpty(clean);
        Assert.Equal((100, WaitStatus.Violation), afl.Run(Violating));
        Assert.NotEqual(clean, afl.Set);
        Assert.Equal((100, WaitStatus.Exited), afl.Run(Harmless));
        Assert.Equal(clean, afl.Set);
        Assert.Equal((100, WaitStatus.Exited), afl.Run([]));
        afl.HangUp();
        Assert.Equal(4, afl.Server.Executions);
    }

    [Fact]
    public void A_bug_of_the_model_dies_by_another_signal_and_is_complained_of_once()
    {
        var complaints = new List<string>();
        var target = new FuzzTarget(Unpinned(), world => _ =>
        {
            world.Assert(false, "one and one is three");
            return null;
        });
        using var afl = new FakeAfl(target, new FakeChild(), complaints);
        Assert.Equal(WaitStatus.ModelError, afl.Run(Harmless).Status);
        Assert.Equal(WaitStatus.ModelError, afl.Run(Harmless).Status);
        Assert.Contains("one and one is three", Assert.Single(complaints), StringComparison.Ordinal);
    }

    [Fact]
    public void An_execution_whose_child_was_killed_is_a_timeout_and_there_is_a_new_child()
    {
        var child = new FakeChild();
        var isSlow = true;
        var target = new FuzzTarget(Unpinned(), world => _ =>
        {
            if (!isSlow) return null;
            Thread.Sleep(20);
            child.IsAlive = false;
            return null;
        });
        using var afl = new FakeAfl(target, child);
        Assert.Equal((100, WaitStatus.Killed), afl.Run(Harmless));
        isSlow = false;
        Assert.Equal((101, WaitStatus.Exited), afl.Run(Harmless, wasKilled: 1));
        Assert.Equal((101, WaitStatus.Exited), afl.Run(Harmless));
    }

    [Fact]
    public void Two_findings_on_one_path_have_two_maps()
    {
        var source = new Source([0, 1, 2]);
        var map = new CounterMap(source);
        Assert.Equal(0, map.Size % 64);
        byte[] Map(string? key)
        {
            var bytes = new byte[map.Size];
            map.CopyTo(bytes, key);
            return bytes;
        }

        Assert.Equal([0, 1, 2], Map(null)[..3]);
        Assert.DoesNotContain(Map(null)[3..], b => b != 0);
        Assert.Equal(Map("leak-x"), Map("leak-x"));
        Assert.NotEqual(Map("leak-x"), Map("leak-y"));
        Assert.NotEqual(Map(null), Map("leak-x"));
    }

    [Fact]
    public void Sources_follow_each_other_in_the_map()
    {
        var map = new CounterMap(new Source([1, 2]), new Source([3]));
        var bytes = new byte[map.Size];
        map.CopyTo(bytes, null);
        Assert.Equal([1, 2, 3, 0], bytes[..4]);
    }

    [Fact]
    public void A_length_that_cannot_be_is_cut()
    {
        var memory = new FakeAfl.Memory(100);
        memory.Write(-1, [1, 2, 3]);
        Assert.Equal(96, new SharedTestCases(memory).Current.Length);
        memory = new FakeAfl.Memory(Campaign.MaxBytes * 2);
        memory.Write(Campaign.MaxBytes + 1, [1, 2, 3]);
        Assert.Equal(Campaign.MaxBytes, new SharedTestCases(memory).Current.Length);
        memory.Write(2, [1, 2, 3]);
        Assert.Equal([1, 2], new SharedTestCases(memory).Current.ToArray());
    }

    [Fact]
    public void A_test_case_in_a_file_is_read_anew_each_time()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("input", "one");
        using var file = File.OpenRead(path);
        var cases = new FileTestCases(file);
        Assert.Equal("one"u8, cases.Current);
        File.WriteAllText(path, "another");
        Assert.Equal("another"u8, cases.Current);
    }

    [Fact]
    public void The_stand_in_dies_in_our_place_and_is_replaced()
    {
        using var child = new StandIn();
        var first = child.Id;
        Assert.True(child.IsAlive);
        using (var process = Process.GetProcessById(first))
        {
            process.Kill();
            process.WaitForExit();
        }
        SpinWait.SpinUntil(() => !child.IsAlive);
        child.Renew();
        Assert.True(child.IsAlive);
        Assert.NotEqual(first, child.Id);
    }

    private static Variant Unpinned() => VariantCatalogue.Resolve("unpinned");

    private static FuzzTarget Toy() => ToyStack.NewTarget(Unpinned());

    private sealed class Source(byte[] counters) : ICounterSource
    {
        public int Size => counters.Length;

        public void CopyTo(Span<byte> map) => counters.CopyTo(map);
    }
}
