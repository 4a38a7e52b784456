namespace CcwFuzz.Target.Variants;

/// <summary>A regime or a host that can be chosen by name.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Sentence">What it is.</param>
/// <param name="Source">Where that is described.</param>
/// <param name="IsAvailable">Whether this build can run it.</param>
public sealed record CatalogueEntry(string Name, string Sentence, string Source, bool IsAvailable = true);
