using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Engine;

/// <summary>Compiles the model on another processor while the command line, the configuration and the inputs are read.</summary>
/// <remarks>
/// Half of the time to the first execution is compilation of the model. The campaign is played on a target of its own; edges are
/// counted for the whole process, so whoever runs something waits for the end first.
/// </remarks>
internal static class WarmUp
{
    private const string Campaign = "plug 0 type=blk\nopen 0\nread 0\nunplug 0\n";
    private static Thread? thread;

    /// <summary>Begins, if the words on the command line are about fuzzing and there is a processor for it.</summary>
    public static void Begin(string[] args)
    {
        if (args is not ["fuzz", ..] || Environment.ProcessorCount < 2) return;
        thread = new Thread(Play) { IsBackground = true, Name = "warm-up" };
        thread.Start();
    }

    /// <summary>Waits until a target can be run; at once if there was no warm-up.</summary>
    public static void Wait() => thread?.Join();

    private static void Play() => new FuzzTarget(VariantCatalogue.Default).Run(CampaignParser.Parse(Campaign));
}
