namespace CcwFuzz.Target.Linux.Cio;

/// <content>Remedy OwnRound: css_slow_path_func() works on a copy of slow_subchannel_set, which it empties first.</content>
internal sealed partial class Css
{
    private readonly IdSet ownRound = new();

    private void BeginOwnRound()
    {
        ownRound.Clear();
        ownRound.Add(slowSubchannels);
        slowSubchannels.Clear();
    }
}
