using CcwFuzz.Machine.Logs;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>What the oracles see in logs and stacks.</summary>
public sealed class LogOracleTests
{
    [Theory]
    [InlineData("BUG: KASAN: slab-use-after-free in virtio_ccw_reset+0x10/0x20", "kasan")]
    [InlineData("BUG: KFENCE: use-after-free read in virtio_ccw_reset+0x10/0x20", "kfence")]
    [InlineData("refcount_t: underflow; use-after-free.", "refcount")]
    [InlineData("WARNING: possible circular locking dependency detected", "lockdep")]
    [InlineData("INFO: task kworker/0:1:18 blocked for more than 20 seconds.", "hung-task")]
    [InlineData("watchdog: BUG: soft lockup - CPU#0 stuck for 22s!", "lockup")]
    [InlineData("rcu: INFO: rcu_sched self-detected stall on CPU", "lockup")]
    [InlineData("rcu: INFO: rcu_sched detected stalls on CPUs/tasks: {", "lockup")]
    [InlineData("Unable to handle kernel pointer dereference in virtual kernel address space", "oops")]
    [InlineData("kernel BUG at lib/genalloc.c:270!", "bug")]
    [InlineData("BUG: Bad page state in process init", "bug")]
    [InlineData("WARNING: CPU: 0 PID: 1 at lib/kobject.c:601 kobject_get+0x1/0x2", "warning")]
    [InlineData("Kernel panic - not syncing: Fatal exception in interrupt", "panic")]
    public void Each_oracle_fires(string line, string oracle) =>
        Assert.Equal(oracle, LogOracle.Look(["[    1.000000] harmless", $"[   12.345678] {line}"])?.Oracle);

    [Theory]
    [InlineData("virtio_ccw 0.0.1234: Failed to deregister indicators (-22)")]
    [InlineData("virtio_rng virtio0: Error -22 while deleting queue 0")]
    [InlineData("sd 0:0:0:0: [sda] Synchronizing SCSI cache")]
    [InlineData("crw_info : CRW reports slct=0, oflw=0, chn=1, rsc=3, anc=0, erc=4, rsid=0")]
    public void What_an_unplug_always_says_is_nothing(string line) => Assert.Null(LogOracle.Look([$"[    5.0] {line}"]));

    [Fact]
    public void A_key_depends_on_functions_and_not_on_addresses()
    {
        string[] Log(string stamp, string address, string offset) =>
        [
            $"[{stamp}] Unable to handle kernel pointer dereference in virtual kernel address space",
            $"[{stamp}] Krnl PSW : 0704c00180000000 {address} (ccw_device_get+0x{offset}/0x80)",
            $"[{stamp}] Call Trace:",
            $"[{stamp}]  [<{address}>] ccw_device_get.isra.0+0x{offset}/0x80 ",
            $"[{stamp}] ([<{address}>] schedule+0x{offset}/0x80)",
            $"[{stamp}]  [<{address}>] virtio_ccw_remove+0x{offset}/0x80 [virtio_ccw]",
            $"[{stamp}] ---[ end trace 0000000000000000 ]---",
            $"[{stamp}] afterwards",
        ];
        var one = LogOracle.Look(Log("    1.000000", "00000000001ee0e6", "2e"))!;
        var other = LogOracle.Look(Log("  999.123456", "000003ff8001ee0e", "30"))!;
        Assert.Equal(one.Key, other.Key);
        Assert.StartsWith("real-oops-ccw_device_get-virtio_ccw_remove-", one.Key, StringComparison.Ordinal);
        Assert.Equal(["ccw_device_get", "virtio_ccw_remove"], one.Functions);
        Assert.DoesNotContain(one.Evidence, l => l.Contains("afterwards", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kfree")]
    [InlineData("kmem_cache_free")]
    public void Who_frees_names_a_problem_and_not_the_allocator(string function)
    {
        var found = LogOracle.Look(
        [
            "[1.0] Unable to handle kernel pointer dereference in virtual kernel address space",
            $"[1.0] Krnl PSW : 0704c00180000000 00000000001ee0e6 ({function}+0x2e/0x80)",
            "[1.0] Call Trace:",
            $"[1.0]  [<00000000001ee0e6>] {function}+0x2e/0x80 ",
            "[1.0]  [<00000000001ee0e6>] free_buf.constprop.0+0x64/0xd0 [virtio_console]",
            "[1.0]  [<00000000001ee0e6>] virtcons_remove+0x17a/0x200 [virtio_console]",
        ])!;
        Assert.Equal(["free_buf", "virtcons_remove"], found.Functions);
    }

    [Fact]
    public void Stuck_tasks_are_named_by_where_they_sleep()
    {
        const string Worker = "18.7 (kworker/0:1+events) [<0>] __flush_work+0x1/0x2;"
            + "[<0>] virtscsi_remove+0x1/0x2 [virtio_scsi];[<0>] kthread+0x1/0x2";
        const string Victim = "1.5 (init) [<0>] __mutex_lock+0x1/0x2;[<0>] online_store+0x1/0x2";
        var both = StuckTask.Describe(StuckTask.Parse($"{Worker}|{Victim}|cut o"));
        Assert.Equal(["virtscsi_remove"], both.Functions);
        Assert.Equal(both.Key, StuckTask.Describe(StuckTask.Parse(Worker)).Key);
        Assert.Equal(["online_store"], StuckTask.Describe(StuckTask.Parse(Victim)).Functions);
        // Who waits for the host is the cause of what the others wait for.
        const string Cause = "19.4 (kworker/1:1) [<0>] tell_host+0x1/0x2;[<0>] leak_balloon+0x1/0x2;[<0>] remove_common+0x1/0x2";
        var three = StuckTask.Describe(StuckTask.Parse($"{Worker}|{Victim}|{Cause}"));
        Assert.Equal(["tell_host"], three.Functions);
        Assert.Equal(three.Key, StuckTask.Describe(StuckTask.Parse(Cause)).Key);
        Assert.Contains("also in online_store, virtscsi_remove", three.Message, StringComparison.Ordinal);
        Assert.Contains(both.Evidence, l => l.Contains("online_store", StringComparison.Ordinal));
        // Also where it is the agent: the worker waits for the lock of the device that the agent unbinds.
        const string Unbind = "9.3 (init) [<0>] blk_execute_rq+0x1/0x2;[<0>] sd_sync_cache+0x1/0x2 [sd_mod]";
        const string Locked = "20.1 (kworker/u4:0+cio) [<0>] device_del+0x1/0x2;[<0>] device_unregister+0x1/0x2";
        Assert.Equal(["blk_execute_rq"], StuckTask.Describe(StuckTask.Parse($"{Locked}|{Unbind}")).Functions);
        const string Read = "9.3 (init) [<0>] folio_wait_bit_common+0x1/0x2;[<0>] filemap_read+0x1/0x2"; // a signal would free it
        Assert.Equal(["device_del", "device_unregister"], StuckTask.Describe(StuckTask.Parse($"{Locked}|{Read}")).Functions);
        Assert.Empty(StuckTask.Parse(""));
    }

    [Theory]
    [InlineData("init", "wait_for_completion_killable", true)]
    [InlineData("init", "folio_wait_bit_common", true)]
    [InlineData("init", "blk_mq_freeze_queue_wait", false)]
    [InlineData("hwrng", "wait_for_completion_killable", false)] // nobody kills a thread of the kernel
    public void What_a_signal_frees_is_no_hang(string name, string function, bool isKillable) =>
        Assert.Equal(isKillable, Assert.Single(StuckTask.Parse($"9.1 ({name}) [<0>] {function}+0x1/0x2")).IsKillable);

    [Fact]
    public void Sequences_of_events_forget_devices_and_addresses()
    {
        string[] Trace(string device, string address) =>
        [
            $"virtio_ccw_interpret_ccw VIRTIO-CCW: fe.0.{device}: interpret command 0x83",
            $"virtio_set_status vdev {address} val 1",
            $"css_io_interrupt CSS: I/O interrupt on sch fe.0.{device} (intparm {address}, isc 0x3)",
            "css_crw CSS: queueing crw: rsc=3, erc=4, rsid=1, not chained",
        ];
        var one = TraceSequences.Of(Trace("0000", "0x55dd08881200"));
        Assert.Equal(2, one.Count);
        Assert.Equal(one.Order(), TraceSequences.Of(Trace("0001", "0x55dd0887bdc0")).Order());
        Assert.NotEqual(one.Order(), TraceSequences.Of(Trace("0001", "0x55dd0887bdc0").Reverse()).Order());
    }

    [Fact]
    public void What_was_read_gives_its_place_on_the_disk_back()
    {
        const int Length = 3 << 20;
        using var folder = new TemporaryFolder();
        var path = folder["console.log"];
        using (var writer = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            void Write(string text)
            {
                writer.Write(System.Text.Encoding.UTF8.GetBytes(text));
                writer.Flush();
            }

            var log = new KernelLog(path);
            Write(new string('x', Length) + "\n");
            Assert.Equal(Length, Assert.Single(log.ReadNew()).Length);
            log.Shrink();
            Assert.Equal(0, new FileInfo(path).Length);
            Assert.Empty(log.ReadNew());
            Write("after\n");
            Assert.Equal(["after"], log.ReadNew());
        }
    }

    [Fact]
    public void The_log_is_read_once_and_by_lines()
    {
        using var folder = new TemporaryFolder();
        var log = new KernelLog(folder["console.log"]);
        Assert.Empty(log.ReadNew());
        folder.Write("console.log", "one\r\ntwo\nthr");
        Assert.Equal(["one", "two"], log.ReadNew());
        File.AppendAllText(folder["console.log"], "ee\n");
        Assert.Equal(["three"], log.ReadNew());
        Assert.Empty(log.ReadNew());
        Assert.Equal(["one", "two", "three"], log.Tail);
    }

    [Fact]
    public void Shapes_forget_numbers() => Assert.Equal(
        LogOracle.ShapeOf("[    1.5] virtio_blk virtio1: Error -22 at 0xff00"),
        LogOracle.ShapeOf("[   99.5] virtio_blk virtio7: Error -5 at 0xab"));
}
