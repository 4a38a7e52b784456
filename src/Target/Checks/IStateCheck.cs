namespace CcwFuzz.Target.Checks;

/// <summary>Looks at the state of the stack whenever nothing can run, and notes what is wrong (World.Note).</summary>
internal interface IStateCheck
{
    /// <summary>Looks.</summary>
    void Look(StackView stack);
}
