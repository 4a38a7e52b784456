namespace CcwFuzz.Harness.Minimization;

/// <summary>Keeps account of what each pass costs and gains.</summary>
internal sealed class PassLog
{
    private readonly List<(string Pass, int Executions, int Removed)> entries = [];

    /// <summary>One entry a pass, in the order of their first turn.</summary>
    public IReadOnlyList<(string Pass, int Executions, int Removed)> Entries => entries;

    /// <summary>Gives a pass its turn.</summary>
    public void Run(IPass pass, Reduction reduction)
    {
        var (executions, records) = (reduction.Executions, reduction.Current.Records);
        reduction.Pass = pass.Name;
        pass.Run(reduction);
        (executions, records) = (reduction.Executions - executions, records - reduction.Current.Records);
        var index = entries.FindIndex(e => e.Pass == pass.Name);
        if (index < 0) entries.Add((pass.Name, executions, records));
        else entries[index] = (pass.Name, entries[index].Executions + executions, entries[index].Removed + records);
    }
}
