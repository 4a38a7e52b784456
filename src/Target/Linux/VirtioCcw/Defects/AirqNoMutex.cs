using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <content>Defect AirqNoMutex: two devices can create the same area.</content>
internal sealed partial class AirqAreas
{
    private async SimTask<AirqInfo?> GetAreaUnlocked(int index)
    {
        if (areas[index] is null)
        {
            var made = NewInfo(index);
            await k.Point; // register_adapter_interrupt() takes a mutex
            areas[index] = made;
        }
        return areas[index];
    }
}
