using System.Text.Json.Nodes;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Machine.Tests;

/// <summary>A machine without QEMU: a process that only sleeps, and peers for the monitor and the agent that do as a test says.</summary>
internal sealed class FakeMachine : IAsyncDisposable
{
    /// <summary>Time enough for everything that does answer.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>Settings for what does not answer, with time enough to connect.</summary>
    public static readonly VmSettings Impatient = new()
    {
        Guest = new GuestFiles("fake", "", ""),
        BootTime = Long,
        AnswerTime = TimeSpan.FromSeconds(2),
        StallTime = TimeSpan.Zero,
        Patience = TimeSpan.FromMilliseconds(200),
    };

    private const string Greeting = "{\"QMP\": {\"version\": {}}}\n";
    private readonly FakePeer monitor;
    private readonly FakePeer agent;
    private readonly QemuProcess process;

    /// <summary>Starts the peers.</summary>
    /// <param name="onMonitor">What the monitor answers to a command; null closes; <see cref="Usual"/> is what QEMU does.</param>
    /// <param name="onAgent">What the agent answers to a verb; null closes; <see cref="Usual"/> is what the agent does.</param>
    /// <param name="greeting">What the console says at first.</param>
    /// <param name="onAgentLine">What the agent answers to a whole request.</param>
    public FakeMachine(
        Func<string, string?>? onMonitor = null, Func<string, string?>? onAgent = null, string greeting = "@ready 0 6.1.0 7\n",
        Func<string, string?>? onAgentLine = null)
    {
        onAgentLine ??= onAgent is null ? null : line => onAgent(line.Split(' ')[2]);
        Folder = QemuProcess.NewFolder();
        monitor = new FakePeer(Path.Combine(Folder, "qmp"), Greeting, line => OnMonitor(line, onMonitor));
        agent = new FakePeer(Path.Combine(Folder, "agent"), greeting, line => OnAgent(line, onAgentLine));
        process = QemuProcess.Start("/bin/sh", ["-c", "exec sleep 1000"], Folder);
    }

    /// <summary>Stands for what the real thing answers.</summary>
    public static string Usual => "usual";

    /// <summary>Stands for the number of what is answered.</summary>
    public static string Id => "#id#";

    /// <summary>Where sockets and logs are.</summary>
    public string Folder { get; }

    /// <summary>Bus ids of the devices that are plugged.</summary>
    public Dictionary<string, string> Devices { get; } = [];

    /// <summary>Commands that the monitor got.</summary>
    public List<string> Commands { get; } = [];

    /// <summary>What the machine is made of; times are short for what does not answer.</summary>
    public VmSettings Settings { get; init; } = new()
    {
        Guest = new GuestFiles("fake", "", ""),
        BootTime = Long,
        AnswerTime = Long,
        StallTime = TimeSpan.Zero,
        Patience = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>Brings it up.</summary>
    public Task<Vm> Attach() => Vm.Attach(Settings, process, default);

    /// <summary>Brings it up, plays a campaign, and stops it.</summary>
    public async Task<Outcome> Play(string campaign)
    {
        await using var vm = await Attach();
        return await new CampaignPlayer(vm, new PlayOptions()).Play(CampaignParser.Parse(campaign), default);
    }

    /// <summary>Writes to the kernel's log.</summary>
    public void Say(string line) => File.AppendAllText(Path.Combine(Folder, "console.log"), line + "\n");

    public async ValueTask DisposeAsync()
    {
        await monitor.DisposeAsync();
        await agent.DisposeAsync();
        await process.DisposeAsync();
    }

    private string? OnMonitor(string line, Func<string, string?>? answer)
    {
        var message = JsonNode.Parse(line)!;
        var command = message["execute"]!.GetValue<string>();
        var reply = answer?.Invoke(command) ?? (answer is null || command == "qmp_capabilities" ? Usual : null);
        if (reply != Usual) return reply?.Replace(Id, message["id"]!.ToString(), StringComparison.Ordinal);
        var arguments = message["arguments"];
        Commands.Add($"{command} {arguments?.ToJsonString()}");
        if (command == "device_add" && Text("devno").Length > 0) Devices[Text("id")] = $"0.0.{Text("devno")[5..]}";
        if (command == "device_del") Devices.Remove(Text("id"));
        var result = command == "human-monitor-command" ? "\"\"" : "{}";
        return $"{{\"return\": {result}, \"id\": {message["id"]}}}\n";

        string Text(string name) => arguments?[name]?.GetValue<string>() ?? "";
    }

    private string? OnAgent(string line, Func<string, string?>? answer)
    {
        var words = line.Split(' ');
        if (words.Length < 3) return "";
        var reply = answer?.Invoke(line) ?? (answer is null ? Usual : null);
        if (reply != Usual) return reply?.Replace(Id, words[0], StringComparison.Ordinal);
        var devices = string.Concat(Devices.Values.Order(StringComparer.Ordinal).Select(d => $" {d}=1,virtio_rng"));
        return words[2] switch
        {
            "rest" or "devices" => $"@{words[0]} 0 {devices}\n",
            "coverage" => $"@{words[0]} 38\n",
            "symbol" => $"@{words[0]} 0 1f0\n",
            "show" => $"@{words[0]} 21\n",
            _ => $"@{words[0]} 0\n",
        };
    }
}
