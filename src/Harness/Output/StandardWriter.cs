using System.Text;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Output;

/// <summary>Standard output or standard error, of which nobody has to fear that it fails.</summary>
/// <remarks>
/// Whoever reads may leave, and the disk behind it may be full. What is found matters more than what is said about it: the first
/// write that fails ends the writing and nothing else, and is remembered.
/// </remarks>
internal sealed class StandardWriter : TextWriter
{
    private readonly TextWriter inner;
    private readonly Lock writing = new();
    private volatile string? problem;

    /// <summary>Guards a writer.</summary>
    public StandardWriter(TextWriter inner)
        : base(inner.FormatProvider)
    {
        this.inner = inner;
        CoreNewLine = inner.NewLine.ToCharArray();
    }

    /// <summary>Told once, when a write failed.</summary>
    public Action<string>? Failed { get; init; }

    /// <summary>Why nothing more is written, or null.</summary>
    public string? Problem => problem;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (problem is not null) return;
        try
        {
            lock (writing) write();
        }
        catch (Exception e) when (UsageException.IsFileError(e) || e is ObjectDisposedException)
        {
            problem = UsageException.Reason(e);
            Failed?.Invoke(problem);
        }
    }
}
