using System.CommandLine;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Commands;

/// <summary>variants: prints the catalogue.</summary>
internal sealed class VariantsVerb : Verb
{
    /// <inheritdoc/>
    protected override Command Describe() => new("variants", "Lists the variants, hosts, defects and remedies.");

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(VariantCatalogue.Variants)));
        else Print(context.Results);
        return ExitCode.Clean;
    }

    private static JsonObject Describe(IReadOnlyList<CatalogueEntry> variants) => new()
    {
        ["variants"] = Entries(variants, VariantCatalogue.DefaultVariant),
        ["hosts"] = Entries(VariantCatalogue.Hosts, VariantCatalogue.DefaultHost),
        ["hostVersions"] = Entries(VariantCatalogue.HostVersions, VariantCatalogue.DefaultHostVersion),
        ["notifications"] = Entries(VariantCatalogue.Notifications, VariantCatalogue.DefaultNotify),
        ["defects"] = Switches(Defects.All),
        ["notExpressed"] = NotExpressed(),
        ["remedies"] = Switches(Remedies.All),
    };

    private static JsonArray Entries(IEnumerable<CatalogueEntry> entries, string @default) =>
    [
        .. entries.Select(e => (JsonNode)new JsonObject
        {
            ["name"] = e.Name,
            ["default"] = e.Name == @default,
            ["available"] = e.IsAvailable,
            ["description"] = e.Sentence,
            ["source"] = e.Source,
        }),
    ];

    private static JsonArray Switches(IEnumerable<Switch> switches) =>
    [
        .. switches.Select(s => (JsonNode)new JsonObject
        {
            ["id"] = s.Id,
            ["name"] = s.Name,
            ["description"] = s.Sentence,
            ["source"] = s.Source,
        }),
    ];

    private static JsonArray NotExpressed() =>
    [
        .. Defects.NotExpressed.Select(one => (JsonNode)new JsonObject { ["id"] = one.Id, ["reason"] = one.Reason }),
    ];

    private static void Print(TextWriter output)
    {
        Print(output, "Variants (--variant)", VariantCatalogue.Variants, VariantCatalogue.DefaultVariant);
        Print(output, "Hosts (--host)", VariantCatalogue.Hosts, VariantCatalogue.DefaultHost);
        Print(output, "Host versions (--host-version)", VariantCatalogue.HostVersions, VariantCatalogue.DefaultHostVersion);
        Print(output, "Notification (--notify)", VariantCatalogue.Notifications, VariantCatalogue.DefaultNotify);
        Print(output, "Defects (--defect)", Defects.All);
        Print(output, "Past defects that are no switch", Defects.NotExpressed);
        Print(output, "Remedies (--remedy)", Remedies.All);
    }

    private static void Print(TextWriter output, string title, IEnumerable<CatalogueEntry> entries, string @default)
    {
        output.WriteLine(title);
        foreach (var entry in entries)
        {
            var remark = entry.Name == @default ? " (default)" : entry.IsAvailable ? "" : " (not available yet)";
            output.WriteLine($"  {entry.Name,-11} {entry.Sentence}{remark}");
            output.WriteLine($"              {entry.Source}");
        }
        output.WriteLine();
    }

    private static void Print(TextWriter output, string title, IReadOnlyList<(string Id, string Reason)> entries)
    {
        output.WriteLine(title);
        foreach (var (id, reason) in entries) output.WriteLine($"  {id,-4} {reason}");
        output.WriteLine();
    }

    private static void Print(TextWriter output, string title, IReadOnlyList<Switch> switches)
    {
        output.WriteLine(title);
        if (switches.Count == 0) output.WriteLine("  none yet");
        foreach (var one in switches)
        {
            output.WriteLine($"  {one.Id,-5} {one.Name}: {one.Sentence}");
            output.WriteLine($"       {one.Source}");
        }
        output.WriteLine();
    }
}
