using System.Globalization;
using System.Text.RegularExpressions;

namespace CcwFuzz.Machine.Play;

/// <summary>Where in the kernel's course an operation of the host happens: exactly there, however fast the machine is.</summary>
/// <param name="Operation">The operation, from 1.</param>
/// <param name="Function">The function of the kernel.</param>
/// <param name="IsReturn">Whether it is where that returns; otherwise where it begins.</param>
/// <param name="Count">How many times it begins, counted from the operation before.</param>
/// <param name="Hold">Milliseconds for which the CPU that is there does not go on while the others do; 0 for no time.</param>
/// <remarks>That a CPU of a guest is held for a while is nothing special: a hypervisor runs others in between.</remarks>
public sealed partial record ExactPoint(int Operation, string Function, bool IsReturn = false, int Count = 1, int Hold = 0)
{
    /// <summary>What <see cref="Parse"/> reads.</summary>
    public const string Form = "OPERATION=FUNCTION[:return][:COUNT][:hold=MS]";

    private const int MostCount = 100_000;
    private const int LongestHold = 10_000;

    /// <summary>Reads a point in its <see cref="Form"/>.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static ExactPoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var match = Pattern().Match(text);
        var point = match.Success
            ? new ExactPoint(Number(1, 0), match.Groups[2].Value, match.Groups[3].Success, Number(4, 1), Number(5, 0))
            : null;
        return point is { Operation: > 1, Count: >= 1 and <= MostCount, Hold: >= 0 and <= LongestHold }
            ? point
            : throw new FormatException($"'{text}': expected {Form}, where OPERATION is 2 or more, COUNT from 1 to {MostCount} "
                + $"and MS at most {LongestHold}");

        int Number(int group, int usual) => match.Groups[group].Success
            && int.TryParse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : usual;
    }

    /// <summary>What <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Operation}={Function}");
        if (IsReturn) text += ":return";
        if (Count != 1) text += string.Create(CultureInfo.InvariantCulture, $":{Count}");
        if (Hold != 0) text += string.Create(CultureInfo.InvariantCulture, $":hold={Hold}");
        return text;
    }

    [GeneratedRegex(@"^(\d{1,5})=([A-Za-z_][\w.]*)(:return)?(?::(\d{1,6}))?(?::hold=(\d{1,6}))?$")]
    private static partial Regex Pattern();
}
