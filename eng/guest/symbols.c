// Functions of the kernel and where they are.
#include "agent.h"

struct symbol {
    unsigned long long address;
    char name[128];
};

// The next function; false at the end. A name of a module ends with a tabulator.
static int next(FILE *symbols, struct symbol *s)
{
    char line[512], kind;
    while (fgets(line, sizeof line, symbols))
        if (sscanf(line, "%llx %c %127s", &s->address, &kind, s->name) == 3 && strchr("tTwW", kind)) return 1;
    return 0;
}

// symbol NAME: where it is. Compilers add '.isra.0' and the like to a name.
int do_symbol(const char *name, struct text *t)
{
    struct symbol s;
    size_t length = strlen(name);
    int error = ENOENT;
    FILE *symbols = fopen("/proc/kallsyms", "re");
    if (!symbols) return errno;
    while (error && next(symbols, &s)) {
        if (strncmp(s.name, name, length) || (s.name[length] && s.name[length] != '.')) continue;
        add(t, "%llx", s.address);
        error = 0;
    }
    fclose(symbols);
    return error;
}

// places ADDRESS...: 'FUNCTION+OFFSET' for each; '-' for what is in none.
int do_places(const struct request *r, struct text *t)
{
    enum { LONGEST = 1 << 16 };
    struct symbol s, best[ARGS] = {0};
    unsigned long long wanted[ARGS];
    int count = 0;
    for (; count < ARGS && r->arg[count]; count++) wanted[count] = strtoull(r->arg[count], 0, 16);
    FILE *symbols = fopen("/proc/kallsyms", "re");
    if (!symbols) return errno;
    while (next(symbols, &s))
        for (int i = 0; i < count; i++)
            if (s.address <= wanted[i] && s.address > best[i].address) best[i] = s;
    fclose(symbols);
    for (int i = 0; i < count; i++) {
        unsigned long long offset = wanted[i] - best[i].address;
        if (offset < LONGEST) add(t, "%s%s+0x%llx", i ? " " : "", best[i].name, offset);
        else add(t, "%s-", i ? " " : "");
    }
    return 0;
}
