namespace CcwFuzz.Harness.Engine;

/// <summary>The model failed, or an execution could not be repeated: a bug of CcwFuzz that ends the run.</summary>
/// <param name="name">Short name for the folder of the inputs.</param>
/// <param name="message">What happened, in one line.</param>
/// <param name="inputs">The inputs that show it, with their file names.</param>
internal sealed class InternalFailureException(string name, string message, IReadOnlyList<(string Name, byte[] Content)> inputs)
    : Exception(message)
{
    /// <summary>Short name for the folder of the inputs.</summary>
    public string Name { get; } = name;

    /// <summary>The inputs that show it.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Inputs { get; } = inputs;
}
