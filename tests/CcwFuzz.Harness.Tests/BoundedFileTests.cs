using System.Diagnostics;
using System.Net.Sockets;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Pipes, sockets, devices and files without end, where an input or a record is expected.</summary>
public sealed class BoundedFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_has_its_bytes_up_to_a_limit()
    {
        folder.Write("a", "12345");
        Assert.Equal("12345", BoundedFile.ReadText(folder["a"], 5));
        var larger = Assert.Throws<IOException>(() => BoundedFile.ReadBytes(folder["a"], 4));
        Assert.Contains("larger than", larger.Message, StringComparison.Ordinal);
        // The length of this one is said to be 0.
        Assert.NotEmpty(BoundedFile.ReadBytes("/proc/self/status", 1 << 20));
        Assert.Throws<IOException>(() => BoundedFile.ReadBytes("/proc/self/status", 10));
    }

    [Fact]
    public void What_is_no_file_is_refused_as_an_input_and_named()
    {
        Pipe("pipe");
        using var socket = Listen("socket");
        File.CreateSymbolicLink(folder["link"], folder["pipe"]);
        Cli.Run("replay", folder["pipe"]).IsMistake("pipe': it is a pipe, not a file");
        Cli.Run("replay", folder["link"]).IsMistake("link': it is a pipe, not a file");
        Cli.Run("show", folder["socket"]).IsMistake("socket': it is a socket, not a file");
        Cli.Run("replay", "/dev/zero").IsMistake("'/dev/zero': it is a device, not a file");
        Cli.Run("compile", folder["pipe"], "-o", folder["out"]).IsMistake("it is a pipe");
        Cli.Run("fuzz", "--config", folder["pipe"], "--executions", "1").IsMistake("cannot read the configuration", "it is a pipe");
    }

    [Fact]
    public void What_is_no_file_is_skipped_in_a_folder_and_named()
    {
        folder.Write("seeds/seed.txt", "plug 0\n");
        Pipe("seeds/pipe");
        using var socket = Listen("seeds/socket");
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\n");
        var run = Cli.Run("fuzz", "--config", folder["fuzz.yml"], "--executions", "1", "--json");
        Assert.Equal((0, 1), (run.Exit, (int)run.Json["seeds"]!));
        Assert.Contains("pipe': it is a pipe, not a file", run.Error, StringComparison.Ordinal);
        Assert.Contains("socket': it is a socket, not a file", run.Error, StringComparison.Ordinal);
        var crashes = Cli.Run("afl", "--keys", folder["seeds"], "--json");
        Assert.Equal(0, crashes.Exit);
        Assert.Contains("it is a pipe", crashes.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_without_end_are_one_clear_mistake()
    {
        Large("input.bin");
        Large("text.txt");
        Large("fuzz.yml");
        Large("found/k/finding.json");
        folder.Write("found/k/campaign.bin", "");
        Cli.Run("replay", folder["input.bin"]).IsMistake("input.bin': it is larger than 1 MiB");
        Cli.Run("show", folder["text.txt"]).IsMistake("text.txt': it is larger than 1 MiB");
        Cli.Run("compile", folder["text.txt"], "-o", folder["out"]).IsMistake("text.txt': it is larger than 1 MiB");
        Cli.Run("replay", "x", "--config", folder["fuzz.yml"]).IsMistake("fuzz.yml': it is larger than 4 MiB");
        Cli.Run("replay", "k", "--findings", folder["found"]).IsMistake("finding.json': it is larger than 4 MiB");
    }

    private void Pipe(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        using var mkfifo = Process.Start("mkfifo", [folder[name]]);
        mkfifo.WaitForExit();
        Assert.Equal(0, mkfifo.ExitCode);
    }

    private Socket Listen(string name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder[name]));
        return socket;
    }

    /// <summary>A file that takes no room, however long it is.</summary>
    private void Large(string name)
    {
        folder.Write(name, "");
        using var file = File.OpenWrite(folder[name]);
        file.SetLength(8L << 30);
    }
}
