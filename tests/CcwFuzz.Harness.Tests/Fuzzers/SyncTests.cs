using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Fuzzers;

/// <summary>The folders through which instances of a campaign of afl-fuzz exchange inputs.</summary>
public sealed class SyncTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly StringWriter log = new();

    public void Dispose()
    {
        folder.Dispose();
        log.Dispose();
    }

    [Fact]
    public void Inputs_of_all_others_come_once_in_the_order_of_their_numbers()
    {
        Put("b", 0, "b0");
        Put("a", 1, "a1");
        Put("a", 0, "a0");
        Put("own", 0, "mine");
        folder.Write(".hidden/queue/id:000000", "hidden");
        folder.Write("no-instance/id:000000", "x");
        var import = NewImport();
        Assert.Equal(["a0", "a1", "b0"], All(import));
        Assert.Equal([], All(import));
        Put("a", 2, "a2");
        Put("c", 0, "c0");
        Assert.Equal(["a2", "c0"], All(import));
        Assert.Equal(5, import.Count);
        Assert.Equal("", log.ToString());
    }

    [Fact]
    public void The_origin_is_said_as_afl_fuzz_says_it()
    {
        Put("a", 12, "a12");
        var import = NewImport();
        import.Next();
        Assert.Equal("sync:a,src:000012", import.Origin);
        import.Next();
        Assert.Equal("", import.Origin);
    }

    [Fact]
    public void After_a_restart_only_what_was_not_dealt_with_comes_again()
    {
        for (var i = 0u; i < 3; i++) Put("a", i, $"a{i}");
        var first = NewImport();
        first.Next();
        first.Next(); // a1 is under way
        first.Commit(); // Commit says it was dealt with; what follows was not
        Assert.Equal(["a2"], All(NewImport()));

        Put("a", 3, "a3");
        var killed = NewImport();
        Assert.NotNull(killed.Next());
        Assert.Equal(["a3"], All(NewImport())); // killed while it ran: it comes again
        Assert.Equal([], All(NewImport()));
        Assert.Equal([4, 0, 0, 0], File.ReadAllBytes(folder["own/.synced/a"]));
    }

    [Fact]
    public void What_afl_fuzz_remembers_is_understood()
    {
        for (var i = 0u; i < 3; i++) Put("a", i, $"a{i}");
        File.WriteAllBytes(folder["own/.synced/a"], [2, 0, 0, 0]);
        Assert.Equal(["a2"], All(NewImport()));
        folder.Write("own/.synced/a", "broken memory");
        Assert.Equal(["a0", "a1", "a2"], All(NewImport()));
    }

    [Fact]
    public void An_instance_that_began_anew_is_read_from_its_beginning()
    {
        for (var i = 0u; i < 5; i++) Put("a", i, $"a{i}");
        Assert.Equal(5, All(NewImport()).Count);
        Directory.Delete(folder["a"], recursive: true);
        Put("a", 0, "other");
        Assert.Equal(["other"], All(NewImport()));
    }

    [Fact]
    public void Broken_files_are_left_out_and_named_once()
    {
        Put("a", 0, "");
        Put("a", 1, new string('x', (1 << 20) + 1));
        Put("a", 2, new string('x', (1 << 20) + 1));
        folder.Write("a/queue/README", "x");
        folder.Write("a/queue/id:x", "x");
        Directory.CreateDirectory(folder["a/queue/id:000003,dir"]);
        Put("a", 4, "good");
        Put("a", 5, ""); // it may be about to be written
        var import = NewImport();
        Assert.Equal(["good"], All(import));
        Assert.Single(log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("larger than", log.ToString(), StringComparison.Ordinal);
        Put("a", 5, "late");
        Assert.Equal(["late"], All(import));
    }

    [Fact]
    public void A_queue_that_disappears_is_no_end()
    {
        Put("a", 0, "a0");
        Put("b", 0, "b0");
        var import = NewImport();
        Assert.Equal(2, All(import).Count);
        Directory.Delete(folder["a"], recursive: true);
        Put("b", 1, "b1");
        Assert.Equal(["b1"], All(import));
        Assert.Contains("the queue of 'a' cannot be read", log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_kept_is_numbered_said_where_from_and_not_written_twice()
    {
        Put("a", 7, "a7");
        using (var own = NewFolder())
        {
            own.Kept([1], 10);
            own.Kept([1], 11);
            Assert.NotNull(own.Next());
            own.Kept([2], 12);
            Assert.Null(own.Next());
            own.Found([3], 13);
            Assert.Equal(new SyncCount(1, 1, 2), own.Count);
        }
        Assert.Matches("^id:000000,time:[0-9]+,execs:10,op:ccwfuzz$", Names("queue")[0]);
        Assert.Matches("^id:000001,sync:a,src:000007,time:[0-9]+,execs:12,op:ccwfuzz$", Names("queue")[1]);
        Assert.Matches("^id:000000,sig:06,", Assert.Single(Names("crashes")));

        folder.Write("own/queue/.id:000002.1.tmp", "left by a process that was killed");
        using var again = NewFolder();
        Assert.Equal([[1], [2]], again.OwnInputs);
        again.Kept([2], 1);
        again.Kept([4], 2);
        Assert.Equal(3, Names("queue").Count);
        Assert.StartsWith("id:000002,", Names("queue")[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_belongs_to_one_process()
    {
        using var own = NewFolder();
        Assert.Contains("--sync-name", Assert.Throws<UsageException>(NewFolder).Message, StringComparison.Ordinal);
        foreach (var name in (string[])["", "a/b", "..", "a b", new string('x', 33)])
            Assert.Throws<UsageException>(() => new SyncFolder(new SyncPlan(folder.Root, name), VariantCatalogue.Default, log));
    }

    [Fact]
    public void The_statistics_have_what_afl_whatsup_divides_by()
    {
        using var own = NewFolder();
        own.Progress(new FuzzStatistics());
        var lines = File.ReadAllLines(folder["own/fuzzer_stats"]).Select(l => l.Split(':', 2, StringSplitOptions.TrimEntries));
        var values = lines.ToDictionary(l => l[0], l => l[1]);
        Assert.Equal($"{Environment.ProcessId}", values["fuzzer_pid"]);
        Assert.Equal("1", values["execs_done"]);
        Assert.Equal("1", values["corpus_count"]);
        string[] needed =
        [
            "start_time", "last_update", "run_time", "cycles_done", "cycles_wo_finds", "cur_item", "pending_favs", "pending_total",
            "bitmap_cvg", "saved_crashes", "last_find", "last_crash", "last_hang", "exec_timeout", "afl_banner",
        ];
        Assert.All(needed, n => Assert.NotEqual("", values[n]));
    }

    [Fact]
    public void Two_runs_exchange_what_they_found()
    {
        folder.Write("seeds/seed.txt", "plug 0\nunplug 0\n");
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\nvariant: unpinned\n");
        Cli Fuzz(string name, int executions) => Cli.Run(
            "fuzz", "--config", folder["fuzz.yml"], "--executions", $"{executions}", "--sync", folder["sync"], "--sync-name", name,
            "--findings", folder[$"found-{name}"], "--json");

        var first = Fuzz("one", 400).Json;
        Assert.Equal((int)first["corpus"]!, (int)first["sync"]!["exported"]!);
        Assert.Equal((int)first["corpus"]!, Directory.GetFiles(folder["sync/one/queue"], "id:*").Length);
        Assert.Equal(first["findings"]!.AsArray().Count, Directory.GetFiles(folder["sync/one/crashes"], "id:*").Length);
        var second = Fuzz("two", 400).Json;
        Assert.Equal((int)first["corpus"]!, (int)second["sync"]!["imported"]!);
        Assert.True((int)second["sync"]!["importedNew"]! > 0);
        var third = Fuzz("one", 400).Json;
        Assert.Equal((int)second["corpus"]!, (int)third["sync"]!["imported"]!);
        Assert.True((int)third["seeds"]! > (int)first["seeds"]!); // it goes on with its own queue
        Cli.Run("fuzz", "--sync-name", "x").IsMistake("--sync DIR");
        Cli.Run("fuzz", "--sync", folder["sync"], "--sync-name", "a b").IsMistake("'a b'");
        folder.Write("file", "");
        Cli.Run("fuzz", "--sync", folder["file"], "--findings", folder["found"]).IsMistake("file");
    }

    private SyncImport NewImport() => new(folder.Root, "own", TimeSpan.Zero, log);

    private SyncFolder NewFolder() =>
        new(new SyncPlan(folder.Root, "own") { Interval = TimeSpan.Zero }, VariantCatalogue.Resolve("unpinned"), log);

    private void Put(string instance, uint number, string content)
    {
        Directory.CreateDirectory(folder["own/.synced"]);
        folder.Write($"{instance}/queue/id:{number:d6},time:0,execs:0,orig:x", content);
    }

    private List<string> Names(string part) =>
        [.. Directory.GetFiles(folder[$"own/{part}"], "id:*").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private static List<string> All(SyncImport import)
    {
        var all = new List<string>();
        while (import.Next() is { } input) all.Add(System.Text.Encoding.UTF8.GetString(input));
        return all;
    }
}
