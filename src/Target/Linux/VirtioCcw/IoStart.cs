using CcwFuzz.Target.Channel;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>One start of a channel program in ccw_io_helper(); for observers, who compare the result with it.</summary>
/// <param name="Sch">The host's subchannel; null if the host has none with this id, so that no result can be compared.</param>
/// <param name="Number">Its number there.</param>
/// <param name="Kills">How often I/O of the device had been killed before.</param>
/// <param name="IsPretended">Whether it was only accepted: a made-up status will refuse it when path verification is over.</param>
public readonly record struct IoStart(HostSubchannel? Sch, int Number, int Kills, bool IsPretended = false);
