using CcwFuzz.Harness;
using CcwFuzz.Harness.Engine;

WarmUp.Begin(args);
return HarnessApp.Run(args, Console.Out, Console.Error);
