using System.Text;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Inputs;

/// <summary>Reads a campaign from a file: bytes, or text.</summary>
internal static class CampaignFile
{
    /// <summary>Largest file that is read; bytes beyond <see cref="Campaign.MaxBytes"/> mean nothing anyway.</summary>
    private const int MaxFile = 1 << 20;

    /// <summary>Reads a campaign from a file, bytes or text.</summary>
    /// <exception cref="UsageException">It is not readable, or has a mistake.</exception>
    public static Campaign Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = BoundedFile.ReadBytes(path, MaxFile);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read", path, e);
        }
        // No campaign is written like that: it is what is left of one whose writing failed.
        if (bytes.Length == 0) throw new UsageException($"cannot read '{path}': it is empty");
        return IsText(path, bytes) ? Parse(Encoding.UTF8.GetString(bytes), path) : Campaign.Decode(bytes);
    }

    /// <summary>Reads a campaign from a file that is text, whatever its name is.</summary>
    /// <exception cref="UsageException">It is not readable, or has a mistake.</exception>
    public static Campaign ReadText(string path)
    {
        try
        {
            return Parse(BoundedFile.ReadText(path, MaxFile), path);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read", path, e);
        }
    }

    /// <summary>Reads a campaign from text.</summary>
    /// <exception cref="UsageException">It has a mistake.</exception>
    public static Campaign Parse(string text, string path)
    {
        Indentation.RefuseTabs(text, path);
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
}
