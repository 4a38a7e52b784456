using System.Text;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands;

/// <summary>An input that was read.</summary>
/// <param name="Campaign">What it means.</param>
/// <param name="Finding">The finding it is the input of, if it was named by its key.</param>
internal sealed record LoadedInput(Campaign Campaign, StoredFinding? Finding);

/// <summary>Reads INPUT: a file of bytes, a campaign as text, or the key of a finding.</summary>
internal static class InputReader
{
    /// <summary>Largest file that is read; bytes beyond <see cref="Campaign.MaxBytes"/> mean nothing anyway.</summary>
    private const long MaxFile = 16 << 20;

    /// <summary>Reads an input.</summary>
    /// <exception cref="UsageException">It is not there, not readable, or has a mistake.</exception>
    public static LoadedInput Read(string input, string findings)
    {
        if (File.Exists(Path.Combine(input, StoredFinding.BytesName))) return ReadFinding(StoredFinding.Open(input));
        if (File.Exists(input) || Directory.Exists(input)) return new LoadedInput(ReadFile(input), null);
        if (StoredFinding.Find(findings, input) is { } finding) return ReadFinding(finding);
        throw new UsageException($"no file and no finding '{input}'; {WhatThereIs(findings)}");
    }

    /// <summary>Reads a campaign from a file, bytes or text.</summary>
    /// <exception cref="UsageException">It is not readable, or has a mistake.</exception>
    public static Campaign ReadFile(string path)
    {
        byte[] bytes;
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > MaxFile)
                throw new UsageException($"cannot read '{path}': it is larger than {MaxFile >> 20} MiB");
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read", path, e);
        }
        return IsText(path, bytes) ? ParseText(Encoding.UTF8.GetString(bytes), path) : Campaign.Decode(bytes);
    }

    /// <summary>Reads a campaign from text.</summary>
    /// <exception cref="UsageException">It has a mistake.</exception>
    public static Campaign ParseText(string text, string path)
    {
        try
        {
            return CampaignParser.Parse(text);
        }
        catch (CampaignSyntaxException e)
        {
            throw new UsageException($"{path}:{e.Line}:{e.Column}: {e.Problem}");
        }
    }

    /// <summary>Text is what is called so, or what has nothing but printable characters; .bin is always bytes.</summary>
    private static bool IsText(string path, byte[] bytes)
    {
        var extension = Path.GetExtension(path);
        if (extension.Equals(".bin", StringComparison.OrdinalIgnoreCase)) return false;
        if (extension.Equals(".txt", StringComparison.OrdinalIgnoreCase)) return true;
        if (bytes.Length == 0) return false;
        foreach (var b in bytes)
            if (b is < 0x20 and not ((byte)'\n' or (byte)'\r' or (byte)'\t') or 0x7f) return false;
        return System.Text.Unicode.Utf8.IsValid(bytes);
    }

    private static LoadedInput ReadFinding(StoredFinding finding) => new(ReadFile(finding.BytesPath), finding);

    private static string WhatThereIs(string findings)
    {
        const int Most = 5;
        var keys = StoredFinding.Keys(findings);
        if (keys.Count == 0) return $"there are no findings in '{findings}'";
        var more = keys.Count > Most ? $" and {keys.Count - Most} more" : "";
        return $"the findings in '{findings}' are {string.Join(", ", keys.Take(Most))}{more}";
    }
}
