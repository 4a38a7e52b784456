using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <content>
/// Remedy LookAtOnce: after an overflow of reports, what needs no work queue is done at once for each known subchannel, as for a
/// report about one. The work queue may wait for I/O that is lost.
/// </content>
internal sealed partial class Css
{
    private async SimTask LookAtOnce(Ptr<Subchannel> sch) => await EvaluateKnown(sch, slow: false);
}
