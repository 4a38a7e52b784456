using System.Text.RegularExpressions;

namespace CcwFuzz.Machine.Logs;

/// <summary>Names of kernel functions out of logs and stacks.</summary>
public static partial class KernelFunctions
{
    private const int MostOfStack = 3;

    /// <summary>Functions that sleep, free, report or run others: they are in every stack and name nothing.</summary>
    private static readonly HashSet<string> Unspecific = new(StringComparer.Ordinal)
    {
        "__schedule", "schedule", "io_schedule", "schedule_timeout", "io_schedule_timeout", "schedule_preempt_disabled",
        "wait_for_completion", "wait_for_completion_io", "wait_for_common", "__wait_for_common", "wait_for_completion_timeout",
        "__mutex_lock", "__mutex_lock_slowpath", "mutex_lock", "rwsem_down_write_slowpath", "rwsem_down_read_slowpath", "down_write",
        "down_read", "__flush_work", "flush_work", "__cancel_work_timer", "cancel_work_sync", "__flush_workqueue",
        "dump_stack", "dump_stack_lvl", "show_stack", "print_report", "kasan_report", "__warn", "report_bug", "refcount_warn_saturate",
        "warn_slowpath_fmt", "__warn_printk", "monitor_event_call", "pgm_check_handler", "__do_pgm_check", "system_call", "__do_syscall",
        "ksys_write", "vfs_write", "do_exit", "kthread", "ret_from_fork", "__ret_from_fork", "kernel_thread_starter", "process_one_work",
        "worker_thread", "process_scheduled_works", "bit_wait_io", "__wait_on_bit", "check_noncircular", "validate_chain", "__lock_acquire",
        "lock_acquire", "print_circular_bug", "die", "panic", "virtqueue_is_broken", "virtqueue_get_buf", "virtqueue_get_buf_ctx",
        "virtqueue_get_buf_ctx_split", "stop_machine_yield", "__do_cpu_relax", "cpu_relax", "sched_show_task", "dev_driver_string",
        "__dev_printk", "_dev_printk", "_dev_warn", "_dev_err", "_dev_info", "rcu_dump_cpu_stacks", "rcu_gp_fqs_loop", "rcu_gp_kthread",
        "kfree", "kvfree", "vfree", "kmem_cache_free", "__kmem_cache_free", "__slab_free", "free_large_kmalloc", "__free_pages",
        "__sanitizer_cov_trace_pc",
    };

    /// <summary>Whether a function names nothing.</summary>
    public static bool IsUnspecific(string function) => Unspecific.Contains(function);

    /// <summary>The functions of a stack that say where it is, innermost first; its innermost if none does.</summary>
    /// <param name="lines">Lines, each with one function at most.</param>
    public static IReadOnlyList<string> OfStack(IEnumerable<string> lines)
    {
        var all = lines.Select(Of).OfType<string>().Distinct().ToList();
        var specific = all.Where(f => !Unspecific.Contains(f)).Take(MostOfStack).ToList();
        return specific.Count > 0 ? specific : [.. all.Take(1)];
    }

    /// <summary>The function that a line names, without the numbers that compilers add.</summary>
    public static string? Of(string line)
    {
        var match = Place().Match(line);
        return match.Success ? CompilerSuffix().Replace(match.Groups[1].Value, "") : null;
    }

    [GeneratedRegex(@"([A-Za-z_][\w.]*)\+0x[0-9a-f]+/0x[0-9a-f]+")]
    private static partial Regex Place();

    [GeneratedRegex(@"\.(isra|constprop|part|cold|llvm)\b.*$")]
    private static partial Regex CompilerSuffix();
}
