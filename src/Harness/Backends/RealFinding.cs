using System.Text;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>Something that a campaign did to a real guest.</summary>
internal sealed class RealFinding
{
    /// <summary>What is wrong.</summary>
    public required Observation Problem { get; init; }

    /// <summary>The campaign that shows it.</summary>
    public required Campaign Campaign { get; set; }

    /// <summary>The execution that came upon it, from 1.</summary>
    public required long FirstExecution { get; init; }

    /// <summary>Release of the kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Version of QEMU.</summary>
    public required string Qemu { get; init; }

    /// <summary>What the model says about the same campaign.</summary>
    public required ModelAnswer Model { get; set; }

    /// <summary>Operations that it had before it was minimized.</summary>
    public required int OperationsBefore { get; init; }

    /// <summary>How often it showed.</summary>
    public Reliability Reliability { get; set; } = new(1, 1);

    /// <summary>How often the run came upon it.</summary>
    public int Hits { get; set; } = 1;

    /// <summary>What replays of a campaign showed most often.</summary>
    public static RealFinding Of(LinuxReplay replay, Campaign campaign, AskedModel model) => new()
    {
        Problem = replay.Problem!,
        Campaign = campaign,
        FirstExecution = 1,
        Kernel = replay.Kernel,
        Qemu = replay.Qemu,
        Model = ModelAnswer.Ask(model, campaign, replay.Problem!),
        OperationsBefore = campaign.Operations.Count,
        Reliability = new Reliability(replay.HitsOf(replay.Problem!.Key), replay.Outcomes.Count),
    };

    /// <summary>Its files, in the form of all findings.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Files(ulong seed) =>
    [
        (StoredFinding.BytesName, Campaign.Encode()),
        (StoredFinding.TextName, Encoding.UTF8.GetBytes($"# {Problem.Title}\n{Campaign}")),
        (StoredFinding.ReportName, Encoding.UTF8.GetBytes(Report())),
        (StoredFinding.DataName, Encoding.UTF8.GetBytes(JsonOutput.Pretty(Json(seed)))),
    ];

    private JsonObject Json(ulong seed) => new()
    {
        ["key"] = Problem.Key,
        ["title"] = Problem.Title,
        ["kind"] = Problem.Oracle,
        ["status"] = FindingStatus.Open,
        ["backend"] = "linux",
        ["kernel"] = Kernel,
        ["qemu"] = Qemu,
        ["seed"] = seed,
        ["firstExecution"] = FirstExecution,
        ["reliability"] = new JsonObject { ["hits"] = Reliability.Hits, ["runs"] = Reliability.Runs },
        ["functions"] = JsonOutput.Array(Problem.Functions),
        ["operations"] = Campaign.Operations.Count,
        ["operationsBefore"] = OperationsBefore,
        ["deviations"] = Campaign.Deviations.Count,
        ["faults"] = Campaign.Faults.Count,
        ["model"] = Model.Json(),
        ["evidence"] = JsonOutput.Array(Problem.Evidence),
    };

    private string Report()
    {
        using var text = new StringWriter { NewLine = "\n" };
        text.WriteLine(Problem.Title);
        text.WriteLine(new string('=', Problem.Title.Length));
        text.WriteLine();
        text.WriteLine($"key          {Problem.Key}");
        text.WriteLine($"kernel       {Kernel}");
        text.WriteLine($"QEMU         {Qemu}");
        text.WriteLine($"reliability  {Reliability.Hits} of {Reliability.Runs}");
        text.WriteLine($"model        {Model}");
        text.WriteLine();
        text.WriteLine($"Replay: ccwfuzz linux replay {Problem.Key}");
        foreach (var (title, body) in new[] { ("Campaign", Campaign.ToString()), ("Evidence", string.Join('\n', Problem.Evidence)) })
        {
            text.WriteLine();
            text.WriteLine(title);
            text.WriteLine(new string('-', title.Length));
            text.WriteLine(body.TrimEnd('\n'));
        }
        return text.ToString();
    }
}
