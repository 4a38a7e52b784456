namespace CcwFuzz.Harness.Output;

/// <summary>How to replay a finding, ready to be pasted.</summary>
internal static class ReplayHint
{
    /// <summary>The command for the finding in a folder, as seen from the current folder.</summary>
    public static string Command(string folder)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, folder);
        var shortest = relative.StartsWith("..", StringComparison.Ordinal) ? folder : relative;
        return $"dotnet run -c Release --project src/Harness -- replay {shortest} --trace";
    }
}
