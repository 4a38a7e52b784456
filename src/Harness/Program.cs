using CcwFuzz.Harness;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;

var clock = RunClock.FromStartOfProcess();
WarmUp.Begin(args);
return HarnessApp.Run(args, StandardStreams.Output(), StandardStreams.Error(), clock: clock);
