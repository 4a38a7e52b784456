/* The target under libFuzzer, and the mutators of ccwfuzz unless BYTES_ONLY is defined. COUNTERS is the size of the map. */
#include "host.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

__attribute__((section("__libfuzzer_extra_counters"), aligned(64))) static uint8_t counters[COUNTERS];

static int (*run)(const uint8_t *, size_t);
static size_t (*mutate)(const uint8_t *, size_t, const uint8_t *, size_t, uint8_t *, size_t, uint32_t);

/* libFuzzer leaves alone what has a handler, and .NET has handlers for these when it asks. */
static const int fuzzers_signals[] = {SIGABRT, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGXFSZ};
#define SIGNALS (sizeof fuzzers_signals / sizeof fuzzers_signals[0])

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    struct sigaction saved[SIGNALS];
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(fuzzers_signals[i], NULL, &saved[i]);
    int (*init)(uint8_t *, size_t) = ccwfuzz_function("LibFuzzerExports", "Init");
    run = ccwfuzz_function("LibFuzzerExports", "Run");
    mutate = ccwfuzz_function("LibFuzzerExports", "Mutate");
    int code = init(counters, sizeof counters);
    if (code)
        exit(code);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(fuzzers_signals[i], &saved[i], NULL);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    if (run(input, size))
        abort();
    return 0;
}

#ifndef BYTES_ONLY
size_t LLVMFuzzerCustomMutator(uint8_t *input, size_t size, size_t most, unsigned int seed)
{
    size_t made = mutate(input, size, NULL, 0, input, most, seed);
    return made ? made : size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *two, size_t two_size, uint8_t *output,
                                 size_t most, unsigned int seed)
{
    return mutate(one, one_size, two, two_size, output, most, seed);
}
#endif
