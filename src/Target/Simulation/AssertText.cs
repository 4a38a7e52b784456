using System.Runtime.CompilerServices;
using System.Text;

namespace CcwFuzz.Target.Simulation;

/// <summary>Formats the message of an assertion only if it does not hold.</summary>
[InterpolatedStringHandler]
public readonly ref struct AssertText
{
    private readonly StringBuilder? text;

    /// <summary>Called by the compiler.</summary>
    public AssertText(int literalLength, int formattedCount, bool condition, out bool isNeeded)
    {
        isNeeded = !condition;
        text = isNeeded ? new StringBuilder(literalLength + (8 * formattedCount)) : null;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string value) => text!.Append(value);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) => text!.Append(value);

    /// <inheritdoc/>
    public override string ToString() => text?.ToString() ?? "";
}
