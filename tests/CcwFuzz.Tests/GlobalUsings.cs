// The kernel's locks, not those of .NET.
global using Mutex = CcwFuzz.Target.Simulation.Mutex;
global using SpinLock = CcwFuzz.Target.Simulation.SpinLock;
global using Timer = CcwFuzz.Target.Simulation.Timer;
