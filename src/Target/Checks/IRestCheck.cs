using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>Looks at the guest when nothing can run any more, all devices are gone and all time has passed.</summary>
internal interface IRestCheck
{
    /// <summary>What is wrong, or null.</summary>
    Violation? Look(GuestKernel kernel);
}
