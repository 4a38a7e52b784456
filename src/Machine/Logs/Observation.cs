namespace CcwFuzz.Machine.Logs;

/// <summary>Something that must not happen to a guest.</summary>
/// <param name="Oracle">Which oracle saw it: oops, kasan, hang...</param>
/// <param name="Message">One line for a person.</param>
/// <param name="Functions">The kernel functions that name it, innermost first; together with the oracle its identity.</param>
/// <param name="Evidence">Lines that show it: of the kernel's log, or stacks of tasks.</param>
public sealed record Observation(string Oracle, string Message, IReadOnlyList<string> Functions, IReadOnlyList<string> Evidence)
{
    private const int NamedFunctions = 2;

    /// <summary>Its identity: nothing in it depends on addresses, numbers or times.</summary>
    public string Key
    {
        get
        {
            // FNV-1a: stable for ever.
            var hash = 2166136261u;
            foreach (var c in Functions.Prepend(Oracle).SelectMany(f => f.Append('\n'))) hash = (hash ^ c) * 16777619u;
            var names = Functions.Take(NamedFunctions);
            return string.Join('-', names.Prepend($"real-{Oracle}").Append(hash.ToString("x8")).Select(Clean));
        }
    }

    /// <summary>Its title.</summary>
    public string Title => $"{Oracle}: {Message}";

    private static string Clean(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
}
