namespace CcwFuzz.Harness.Contract;

/// <summary>What is said about lines of files that people write.</summary>
internal static class Indentation
{
    /// <summary>Refuses tabs before the first word of a line: how wide one is depends on who looks, and YAML forbids it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">Its file, for the message.</param>
    /// <exception cref="UsageException">There is one.</exception>
    public static void RefuseTabs(string text, string path)
    {
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var start = line.IndexOfAnyExcept(' ', '\t');
            var tab = line.IndexOf('\t');
            if (tab >= 0 && tab < start && line[start] != '#')
                throw new UsageException($"{path}:{number}:{tab + 1}: a tab before the first word; indent with spaces");
        }
    }
}
