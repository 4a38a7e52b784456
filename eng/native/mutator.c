/* The mutators of ccwfuzz as a custom mutator of AFL++: AFL_CUSTOM_MUTATOR_LIBRARY=libccwfuzz-mutator.so afl-fuzz ... */
#include "host.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    intptr_t handle;
} mutator;

static intptr_t (*init)(uint32_t seed);
static size_t (*fuzz)(intptr_t, const uint8_t *, size_t, const uint8_t *, size_t, uint8_t **, size_t);
static void (*deinit)(intptr_t);

/* .NET takes over signals that afl-fuzz has its own handlers for: Ctrl-C must still end a campaign cleanly. */
static const int fuzzers_signals[] = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGABRT, SIGCHLD, SIGALRM, SIGUSR1, SIGWINCH, SIGTSTP, SIGPIPE};
#define SIGNALS (sizeof fuzzers_signals / sizeof fuzzers_signals[0])

static void load(void)
{
    struct sigaction saved[SIGNALS];
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(fuzzers_signals[i], NULL, &saved[i]);
    init = ccwfuzz_function("MutatorExports", "Init");
    fuzz = ccwfuzz_function("MutatorExports", "Fuzz");
    deinit = ccwfuzz_function("MutatorExports", "Deinit");
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(fuzzers_signals[i], &saved[i], NULL);
}

void *afl_custom_init(void *afl, unsigned int seed)
{
    (void)afl;
    if (!init)
        load();
    mutator *data = malloc(sizeof *data);
    if (data)
        data->handle = init(seed);
    return data;
}

size_t afl_custom_fuzz(mutator *data, uint8_t *input, size_t size, uint8_t **output, uint8_t *partner, size_t partner_size, size_t most)
{
    return fuzz(data->handle, input, size, partner, partner_size, output, most);
}

/* Stacked with the mutations of afl-fuzz where AFL_CUSTOM_MUTATOR_ONLY is not set. */
size_t afl_custom_havoc_mutation(mutator *data, uint8_t *input, size_t size, uint8_t **output, size_t most)
{
    size_t made = fuzz(data->handle, input, size, NULL, 0, output, most);
    if (made)
        return made;
    *output = input;
    return size;
}

/* Percent of the stacked mutations that are ours. */
unsigned char afl_custom_havoc_mutation_probability(mutator *data)
{
    (void)data;
    return 30;
}

void afl_custom_deinit(mutator *data)
{
    deinit(data->handle);
    free(data);
}
