namespace CcwFuzz.Target.Variants;

/// <summary>Something was asked for that the catalogue does not have; the message is one line and lists what there is.</summary>
/// <param name="message">What is wrong and what can be chosen instead.</param>
public sealed class VariantException(string message) : Exception(message);
