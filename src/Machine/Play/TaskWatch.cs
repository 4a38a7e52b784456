using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Qemu;

namespace CcwFuzz.Machine.Play;

/// <summary>Tells tasks that sleep for ever from those that only take their time.</summary>
/// <param name="vm">The machine.</param>
internal sealed class TaskWatch(Vm vm)
{
    private static readonly TimeSpan FrozenTime = TimeSpan.FromSeconds(1);

    /// <summary>Looks at the tasks in uninterruptible sleep, twice.</summary>
    /// <returns>
    /// The tasks that did not go on in between, and that no signal would wake; and whether the guest is still moving: all of them did go
    /// on, or there were none and the kernel's workers are busy. A search for disks takes seconds, in which it sleeps and runs in turn.
    /// </returns>
    /// <exception cref="MachineException">The agent does not answer.</exception>
    public async Task<(IReadOnlyList<StuckTask> Frozen, bool IsMoving)> Look(CancellationToken stop)
    {
        var (tasks, isBusy) = await Tasks(stop).ConfigureAwait(false);
        if (tasks.Count == 0) return ([], isBusy);
        await Task.Delay(FrozenTime, stop).ConfigureAwait(false);
        var later = (await Tasks(stop).ConfigureAwait(false)).Asleep.Select(t => t.Id).ToHashSet(StringComparer.Ordinal);
        var frozen = tasks.Where(t => later.Contains(t.Id)).ToList();
        return ([.. frozen.Where(t => !t.IsKillable)], frozen.Count == 0);
    }

    private async Task<(IReadOnlyList<StuckTask> Asleep, bool IsBusy)> Tasks(CancellationToken stop)
    {
        var answer = await vm.Agent.Call("stuck", vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        return (StuckTask.Parse(answer.Text), answer.Error != 0);
    }
}
