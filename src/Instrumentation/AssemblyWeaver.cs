using Mono.Cecil;
using Mono.Cecil.Cil;

namespace CcwFuzz.Instrumentation;

/// <summary>Puts probes into an assembly: a pure function of its bytes.</summary>
/// <remarks>
/// Methods are visited in the order of the metadata, edges in the order of the code, so that the same assembly always gets the
/// same ids. The map is as large as the number of probes. Symbols are carried over.
/// </remarks>
internal static class AssemblyWeaver
{
    /// <summary>The class that owns the map.</summary>
    public const string MapType = "CcwFuzz.Target.Simulation.EdgeMap";

    /// <summary>Weaves a file into another one; the symbols are beside them.</summary>
    /// <param name="input">What the compiler wrote.</param>
    /// <param name="output">What is run.</param>
    /// <param name="shape">How probes count.</param>
    /// <returns>What was woven.</returns>
    public static WeavingReport Weave(string input, string output, ProbeShape shape = ProbeShape.Pointer)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(Path.GetFullPath(input)));
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        var hasSymbols = File.Exists(Path.ChangeExtension(input, "pdb"));
        var reading = new ReaderParameters { AssemblyResolver = resolver, ReadSymbols = hasSymbols, InMemory = true };
        using var assembly = AssemblyDefinition.ReadAssembly(input, reading);
        var report = Weave(assembly.MainModule, shape);
        assembly.Write(output, new WriterParameters { WriteSymbols = hasSymbols, DeterministicMvid = true });
        return report;
    }

    private static WeavingReport Weave(ModuleDefinition module, ProbeShape shape)
    {
        var map = module.GetType(MapType) ?? throw new InvalidOperationException($"there is no {MapType} in {module.Name}");
        var report = new WeavingReport();
        var factory = new ProbeFactory(map, shape, report);
        foreach (var method in module.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody))
        {
            if (WeavingScope.ReasonToSkip(method, shape) is { } reason)
            {
                report.Skip(method.FullName, reason);
                continue;
            }
            if (shape == ProbeShape.None) continue;
            report.AddMethod();
            new MethodWeaver(method, factory).Weave();
        }
        SetCount(map, report.Probes.Count);
        return report;
    }

    /// <summary>The map asks how large it must be.</summary>
    private static void SetCount(TypeDefinition map, int count)
    {
        var method = map.Methods.Single(m => m.Name == "WovenProbes");
        method.Body = new MethodBody(method);
        var il = method.Body.GetILProcessor();
        il.Emit(OpCodes.Ldc_I4, count);
        il.Emit(OpCodes.Ret);
    }
}
