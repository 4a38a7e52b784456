namespace CcwFuzz.Target.Variants;

/// <summary>Something was asked for that the catalogue does not have; the message is one line and lists what there is.</summary>
/// <param name="setting">Which of variant, host, hostVersion, notify, defects, remedies it is about.</param>
/// <param name="message">What is wrong and what can be chosen instead.</param>
public sealed class VariantException(string setting, string message) : Exception(message)
{
    /// <summary>Which of variant, host, hostVersion, notify, defects, remedies it is about.</summary>
    public string Setting { get; } = setting;
}
