using CcwFuzz.Instrumentation;

if (args.Length is < 3 or > 4)
{
    Console.Error.WriteLine("usage: CcwFuzz.Instrumentation IN.dll OUT.dll REPORT.tsv [SHAPE]");
    return 2;
}
var shape = args.Length < 4 ? ProbeShape.Pointer : Enum.Parse<ProbeShape>(args[3], ignoreCase: true);
var report = AssemblyWeaver.Weave(args[0], args[1], shape);
File.WriteAllText(args[2], report.ToText());
Console.WriteLine(report.Summary);
return 0;
