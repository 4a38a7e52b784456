using System.Text;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>Something that a campaign did to a real guest.</summary>
internal sealed class RealFinding
{
    /// <summary>What is wrong.</summary>
    public required Observation Problem { get; init; }

    /// <summary>What shows it.</summary>
    public required RealCampaign Played { get; set; }

    /// <summary>Its operations.</summary>
    public Campaign Campaign => Played.Campaign;

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

    /// <summary>What a person says about it; null if nobody did.</summary>
    public string? Judgement { get; init; }

    /// <summary>What replays of a campaign showed most often.</summary>
    public static RealFinding Of(LinuxReplay replay, RealCampaign campaign, AskedModel model) => new()
    {
        Problem = replay.Problem!,
        Played = campaign,
        FirstExecution = 1,
        Kernel = replay.Kernel,
        Qemu = replay.Qemu,
        Model = ModelAnswer.Ask(model, campaign.Campaign, replay.Problem!),
        OperationsBefore = campaign.Length,
        Reliability = new Reliability(replay.For(replay.Problem!.Key).Hits, replay.Outcomes.Count),
    };

    /// <summary>A finding on disk after another replay: its campaign may be shorter by now, and the model another one.</summary>
    /// <param name="stored">What is on disk.</param>
    /// <param name="replay">What replays showed; how often counts if the kernel and QEMU are those of the finding.</param>
    /// <param name="campaign">The campaign that was replayed.</param>
    /// <param name="model">What is asked about it.</param>
    public static RealFinding Again(StoredFinding stored, LinuxReplay replay, RealCampaign campaign, AskedModel model)
    {
        var data = stored.Real ?? throw new ArgumentException("a finding of the model is not replayed here", nameof(stored));
        var message = stored.Title[(stored.Kind.Length + ": ".Length)..];
        var problem = new Observation(stored.Kind, message, data.Functions, data.Evidence);
        var isSameGuest = data.Kernel == replay.Kernel && data.Qemu == replay.Qemu;
        return new RealFinding
        {
            Problem = problem,
            Played = campaign,
            FirstExecution = data.FirstExecution,
            Kernel = data.Kernel,
            Qemu = data.Qemu,
            Model = ModelAnswer.Ask(model, campaign.Campaign, problem),
            OperationsBefore = data.OperationsBefore,
            Reliability = isSameGuest ? new Reliability(replay.Hits, replay.Outcomes.Count) : data.Reliability,
            Judgement = data.Judgement,
        };
    }

    /// <summary>Its files, in the form of all findings.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Files(ulong seed) =>
    [
        (StoredFinding.BytesName, Campaign.Encode()),
        (StoredFinding.TextName, Encoding.UTF8.GetBytes($"# {Problem.Title}\n{Campaign}")),
        (StoredFinding.ReportName, Encoding.UTF8.GetBytes(Report())),
        (StoredFinding.DataName, Encoding.UTF8.GetBytes(JsonOutput.Pretty(Record(seed), FindingJson.Written.RealRecord))),
    ];

    /// <summary>Where the operations of a finding on disk happen exactly.</summary>
    public static IReadOnlyList<ExactPoint> PointsOf(StoredFinding stored)
    {
        try
        {
            return [.. (stored.Real?.Points ?? []).Select(ExactPoint.Parse)];
        }
        catch (FormatException e)
        {
            throw new UsageException($"'{stored.Folder}': {e.Message}");
        }
    }

    private RealRecord Record(ulong seed) => new()
    {
        Key = Problem.Key,
        Title = Problem.Title,
        Kind = Problem.Oracle,
        Status = FindingStatus.Open,
        Backend = RealRecord.Linux,
        Kernel = Kernel,
        Qemu = Qemu,
        Seed = seed,
        FirstExecution = FirstExecution,
        Reliability = Reliability,
        Functions = Problem.Functions,
        Operations = Campaign.Operations.Count,
        OperationsBefore = OperationsBefore,
        Deviations = Campaign.Deviations.Count,
        Faults = Campaign.Faults.Count,
        Model = Model.Record(),
        Evidence = Problem.Evidence,
        Judgement = Judgement,
        Points = Played.Points.Count > 0 ? [.. Played.Points.Select(p => p.ToString())] : null,
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
        foreach (var point in Played.Points) text.WriteLine($"exactly at   {point}");
        text.WriteLine($"model        {Model}");
        if (Judgement is not null) text.WriteLine($"judgement    {Judgement}");
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
