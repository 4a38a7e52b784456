/* Starts .NET within a native fuzzer and finds functions of ccwfuzz.dll, which lies beside the binary this is linked into. */
#ifndef CCWFUZZ_HOST_H
#define CCWFUZZ_HOST_H

/* Exit code for what cannot work on this machine, as of the command line of ccwfuzz. */
#define CCWFUZZ_USAGE 2

/* A static method with [UnmanagedCallersOnly]. Ends the process with one line on stderr if there is none.
   type: name of the class within CcwFuzz.Harness.Engine.Native. */
void *ccwfuzz_function(const char *type, const char *method);

#endif
