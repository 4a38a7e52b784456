using CcwFuzz.Harness;

WarmUp.Begin(args);
return HarnessApp.Run(args, Console.Out, Console.Error);
