using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Engine;

/// <summary>Folders of inputs.</summary>
internal static class CorpusFolder
{
    /// <summary>Reads the inputs of folders, in the order of their names; a broken file is named and left out.</summary>
    /// <remarks>What an earlier folder has is not read again: a corpus holds the seeds that were worth it.</remarks>
    public static IReadOnlyList<byte[]> Load(IEnumerable<string> folders, TextWriter log)
    {
        var inputs = new List<byte[]>();
        var earlier = new HashSet<string>();
        foreach (var folder in folders)
        {
            var names = new List<string>();
            foreach (var path in Files(folder, log))
            {
                try
                {
                    var input = CampaignFile.Read(path).Encode();
                    names.Add(InputFiles.ContentName(input));
                    if (!earlier.Contains(names[^1])) inputs.Add(input);
                }
                catch (UsageException e)
                {
                    log.WriteLine($"skipped a broken corpus file: {e.Message}");
                }
            }
            earlier.UnionWith(names);
        }
        return inputs;
    }

    /// <summary>Writes an input under a name that depends on its content alone.</summary>
    /// <exception cref="IOException">It cannot be written; nothing half is left.</exception>
    public static void Save(string folder, byte[] input)
    {
        var path = Path.Combine(folder, InputFiles.ContentName(input) + ".bin");
        // There are thousands, and all can be found again.
        if (!File.Exists(path)) AtomicFile.Write(path, input, throughToDisk: false);
    }

    private static IReadOnlyList<string> Files(string folder, TextWriter log)
    {
        try
        {
            if (!Directory.Exists(folder)) return [];
            return InputFiles.Under(folder, "queue");
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            log.WriteLine($"skipped a corpus folder: cannot read '{folder}': {UsageException.Reason(e)}");
            return [];
        }
    }
}
