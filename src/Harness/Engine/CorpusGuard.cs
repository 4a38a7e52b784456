using System.ComponentModel;
using System.Diagnostics;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine.Sync;

namespace CcwFuzz.Harness.Engine;

/// <summary>Keeps inputs from being deleted in folders that are no corpus, or whose files somebody else looks after.</summary>
internal static class CorpusGuard
{
    private const string FindingRecord = "finding.json";

    /// <summary>Refuses a folder of findings, and one with files under version control.</summary>
    /// <exception cref="UsageException">It is one.</exception>
    public static void Require(string folder)
    {
        var remedy = $"'corpus import {folder} --corpus DIR' copies its inputs, and DIR can be merged";
        var records = Directory.EnumerateFiles(folder, FindingRecord, SearchOption.AllDirectories);
        if (records.Order(StringComparer.Ordinal).FirstOrDefault() is { } record)
            throw new UsageException($"'{folder}' is no corpus: it has findings ('{record}'); {remedy}");
        if (WorkTree(folder) is not { } tree || Tracked(folder) is { Length: 0 }) return;
        var why = Tracked(folder) is { } tracked
            ? $"'{tracked}' is under version control"
            : $"git cannot say what is under version control in '{tree}'";
        throw new UsageException($"'{folder}' is not merged: {why}; {remedy}");
    }

    /// <summary>Whether a file may be deleted as an input: it has a name of inputs, and is not behind a link.</summary>
    public static bool IsOwn(string folder, string path)
    {
        var name = Path.GetFileName(path);
        var isInput = Path.GetExtension(name) is ".bin" or ".txt" || QueueName.NumberOf(name) is not null;
        if (!isInput || new FileInfo(path).LinkTarget is not null) return false;
        var end = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        for (var at = Path.GetDirectoryName(Path.GetFullPath(path)); at is not null && at != end; at = Path.GetDirectoryName(at))
            if (new DirectoryInfo(at).LinkTarget is not null) return false;
        return true;
    }

    /// <summary>The folder above with a .git, or null.</summary>
    private static string? WorkTree(string folder)
    {
        var real = new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(folder);
        for (var at = new DirectoryInfo(real); at is not null; at = at.Parent)
            if (Path.Exists(Path.Combine(at.FullName, ".git"))) return at.FullName;
        return null;
    }

    /// <summary>The first file in a folder that git tracks; empty if it tracks none, null if it cannot be asked.</summary>
    private static string? Tracked(string folder)
    {
        var start = new ProcessStartInfo("git", ["-C", Path.GetFullPath(folder), "ls-files", "--", "."])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (string[])["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]) start.Environment.Remove(name);
        try
        {
            using var git = Process.Start(start)!;
            var complaints = git.StandardError.ReadToEndAsync();
            var files = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            _ = complaints.GetAwaiter().GetResult();
            return git.ExitCode == 0 ? files.Split('\n')[0] : null;
        }
        catch (Win32Exception)
        {
            return null; // there is no git
        }
    }
}
