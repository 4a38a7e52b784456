namespace CcwFuzz.Target.Channel;

/// <summary>How an I/O instruction ended: a condition code, or the program interruption that suppressed it.</summary>
public enum InstructionResult
{
    /// <summary>Condition code 0: the expected result.</summary>
    Cc0 = 0,
    /// <summary>Condition code 1: status was present, or nothing was pending.</summary>
    Cc1 = 1,
    /// <summary>Condition code 2: busy with a previous function, or nothing to resume or cancel.</summary>
    Cc2 = 2,
    /// <summary>Condition code 3: not operational.</summary>
    Cc3 = 3,
    /// <summary>Operand exception: a reserved bit, a malformed subchannel id or control block.</summary>
    OperandException,
    /// <summary>Specification exception: a misaligned operand address.</summary>
    SpecificationException,
}

/// <summary>The I/O instructions that address a subchannel.</summary>
public enum IoInstruction
{
    /// <summary>STORE SUBCHANNEL.</summary>
    Stsch,
    /// <summary>MODIFY SUBCHANNEL.</summary>
    Msch,
    /// <summary>TEST SUBCHANNEL.</summary>
    Tsch,
    /// <summary>START SUBCHANNEL.</summary>
    Ssch,
    /// <summary>RESUME SUBCHANNEL.</summary>
    Rsch,
    /// <summary>HALT SUBCHANNEL.</summary>
    Hsch,
    /// <summary>CLEAR SUBCHANNEL.</summary>
    Csch,
    /// <summary>CANCEL SUBCHANNEL.</summary>
    Xsch,
}
