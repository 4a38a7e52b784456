using System.Diagnostics;
using CcwFuzz.Instrumentation;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Testing;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Xunit;

namespace CcwFuzz.House.Tests.Instrumentation;

/// <summary>What the build wove into the target that these tests run.</summary>
public sealed class WeavingTests : IDisposable
{
    private const string Dll = "CcwFuzz.Target.dll";
    private static readonly string Plain = Path.Combine(AppContext.BaseDirectory, "plain", Dll);
    private static readonly string Woven = Path.Combine(AppContext.BaseDirectory, Dll);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_same_sources_give_the_same_bytes()
    {
        var first = Weave("same"); // the same place: its name is in the file, as the compiler has it
        var (code, symbols) = (File.ReadAllBytes(first.Path), Symbols(first.Path));
        var second = Weave("same");
        Assert.True(File.ReadAllBytes(second.Path).SequenceEqual(code), "the code differs");
        Assert.True(Symbols(second.Path).SequenceEqual(symbols), "the symbols differ");
        Assert.Equal(first.Report.ToText(), second.Report.ToText());
    }

    [Fact]
    public void Each_probe_has_a_cell_of_its_own()
    {
        var report = Weave("probes").Report;
        Assert.Equal(Enumerable.Range(0, EdgeMap.Counters.Length), report.Probes.Select(p => p.Id));
        using var assembly = AssemblyDefinition.ReadAssembly(Woven);
        var ids = assembly.MainModule.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody)
            .SelectMany(m => m.Body.Instructions)
            .Where(i => i.OpCode == OpCodes.Ldsfld && i.Operand is FieldReference { Name: "Address" } && i.Next.OpCode != OpCodes.Ret)
            .Select(i => ConstantOf(i.Next));
        Assert.Equal(Enumerable.Range(0, EdgeMap.Counters.Length), ids.Order());
    }

    [Fact]
    public void Both_ways_out_of_a_decision_are_told_apart()
    {
        var probes = Weave("ways").Report.Probes.Where(p => p.Method.Contains("Campaign::Decode(", StringComparison.Ordinal)).ToList();
        byte[] operation = CampaignParser.Parse("plug 0").Encode();
        byte[] fault = CampaignParser.Parse("plug 0\n fail alloc=1").Encode();
        var one = CellsOf(probes, () => Campaign.Decode(operation));
        var both = CellsOf(probes, () => Campaign.Decode(fault));
        Assert.True(one.IsProperSubsetOf(both), $"{one.Count} probes without a fault, {both.Count} with one");
    }

    [Fact]
    public void Counters_count_and_are_reset()
    {
        byte[] operation = CampaignParser.Parse("plug 0").Encode();
        var probe = Weave("count").Report.Probes.First(p => p.Method.Contains("RecordCodec::DecodeOperation", StringComparison.Ordinal));
        EdgeMap.Reset();
        for (var i = 0; i < 7; i++) Campaign.Decode(operation);
        Assert.Equal(7, EdgeMap.Counters[probe.Id]);
        EdgeMap.Reset();
        Assert.Equal(-1, EdgeMap.Counters.IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Stack_traces_have_lines()
    {
        const string Thrown = "throw new ArgumentException($\"more than {MaxOperations} operations\"";
        var operations = Enumerable.Repeat(new Operation { Opcode = Opcode.Unplug }, Campaign.MaxOperations + 1).ToList();
        var e = Assert.Throws<ArgumentException>(() => new Campaign(operations));
        var frame = new StackTrace(e, fNeedFileInfo: true).GetFrame(0)!;
        Assert.EndsWith("Campaign.cs", frame.GetFileName(), StringComparison.Ordinal);
        var lines = File.ReadAllLines(Repository.PathOf("src", "Target", "Campaigns", "Campaign.cs"));
        Assert.Contains(Thrown, lines[frame.GetFileLineNumber() - 1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_woven_is_named_with_a_reason()
    {
        var report = Weave("report").Report;
        Assert.All(report.Skipped, s => Assert.NotEmpty(s.Reason));
        Assert.DoesNotContain(report.Probes, p => p.Method.Contains("Simulation.Scheduler::", StringComparison.Ordinal));
        Assert.Contains(report.Probes, p => p.Method.Contains("VirtioCcwIo/<Run>", StringComparison.Ordinal) && p.Line > 0);
        Assert.Contains(report.Skipped, s => s.Reason == "starts a state machine");
    }

    [Fact]
    public void All_shapes_of_probes_can_be_woven()
    {
        foreach (var shape in Enum.GetValues<ProbeShape>())
        {
            var report = AssemblyWeaver.Weave(Plain, folder[Dll], shape);
            Assert.Equal(shape == ProbeShape.None, report.Probes.Count == 0);
        }
    }

    private static HashSet<int> CellsOf(IReadOnlyList<WovenProbe> probes, Action act)
    {
        EdgeMap.Reset();
        act();
        return [.. probes.Select(p => p.Id).Where(id => EdgeMap.Counters[id] > 0)];
    }

    private static byte[] Symbols(string path) => File.ReadAllBytes(Path.ChangeExtension(path, "pdb"));

    private static int ConstantOf(Instruction instruction) => instruction.OpCode.Code switch
    {
        Code.Ldc_I4 or Code.Ldc_I4_S => Convert.ToInt32(instruction.Operand, null),
        >= Code.Ldc_I4_0 and <= Code.Ldc_I4_8 => instruction.OpCode.Code - Code.Ldc_I4_0,
        _ => -1,
    };

    private (string Path, WeavingReport Report) Weave(string name)
    {
        var output = Directory.CreateDirectory(folder[name]).FullName;
        var path = Path.Combine(output, Dll);
        return (path, AssemblyWeaver.Weave(Plain, path));
    }
}
