// What the guest is like: its devices, its tasks, whether anything moves.
#include "agent.h"

#include <dirent.h>
#include <glob.h>
enum { BYSTANDERS = 256 };

static char bystander[BYSTANDERS];

static void list_device(const char *bus_id, struct text *t)
{
    char path[512], value[64], link[512];
    snprintf(path, sizeof path, "/sys/bus/ccw/devices/%s/online", bus_id);
    if (read_file(path, value, sizeof value) < 0) return; // gone meanwhile
    add(t, " %s=%s", bus_id, value);
    if (!child_of(bus_id, "/driver", path, sizeof path)) return;
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n <= 0) return;
    link[n] = 0;
    add(t, ",%s", last(link));
}

int do_devices(struct text *t)
{
    DIR *folder = opendir("/sys/bus/ccw/devices");
    if (!folder) return errno;
    for (struct dirent *e; (e = readdir(folder));)
        if (e->d_name[0] != '.') list_device(e->d_name, t);
    closedir(folder);
    return 0;
}

// Every subchannel: its number, its driver, the device number that it shows, and the device below it.
int do_subchannels(struct text *t)
{
    static const char folder[] = "/sys/bus/css/devices";
    char path[512], link[512], devno[64];
    glob_t found;
    if (glob("/sys/bus/css/devices/*", 0, 0, &found)) return ENOENT;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *id = last(found.gl_pathv[i]);
        snprintf(path, sizeof path, "%s/%s/driver", folder, id);
        ssize_t n = readlink(path, link, sizeof link - 1);
        link[n > 0 ? n : 0] = 0;
        snprintf(path, sizeof path, "%s/%s/dev_busid", folder, id);
        if (read_file(path, devno, sizeof devno) < 0) devno[0] = 0;
        add(t, "%s%s driver=%s dev_busid=%s", t->length ? "\n" : "", id, last(link), devno);
        snprintf(path, sizeof path, "%s/%s/0.*", folder, id);
        if (first(path, link, sizeof link)) add(t, " device=%s", last(link));
    }
    globfree(&found);
    return 0;
}

// The state of a task ('R', 'S', 'D'...), and its name; 0 if it is gone.
static char state_of(const char *folder, char *name, size_t size)
{
    char path[512], stat[512];
    snprintf(path, sizeof path, "%s/stat", folder);
    if (read_file(path, stat, sizeof stat) < 0) return 0;
    char *open = strchr(stat, '('), *close = strrchr(stat, ')');
    if (!open || !close || close[1] != ' ') return 0;
    *close = 0;
    snprintf(name, size, "%s", open + 1);
    return close[2];
}

// Marks the kernel's threads that are there from the beginning and have no part in what devices do: looking at a task costs more than a
// millisecond in an emulated guest.
void note_bystanders(void)
{
    static const char *const concerned[] = {"kworker", "kmcheck", "kdevtmpfs", "init"};
    char path[300], name[64];
    DIR *folder = opendir("/proc");
    if (!folder) return;
    for (struct dirent *e; (e = readdir(folder));) {
        long id = strtol(e->d_name, 0, 10);
        snprintf(path, sizeof path, "/proc/%s", e->d_name);
        if (id <= 0 || id >= BYSTANDERS || !state_of(path, name, sizeof name)) continue;
        bystander[id] = 1;
        for (size_t i = 0; i < sizeof concerned / sizeof *concerned; i++)
            if (!strncmp(name, concerned[i], strlen(concerned[i]))) bystander[id] = 0;
    }
    closedir(folder);
}

// How often a task was put to sleep: one that goes on, however slowly, is another number the next time.
static long switches_of(const char *folder)
{
    static const char label[] = "voluntary_ctxt_switches:";
    char path[512], status[4096];
    snprintf(path, sizeof path, "%s/status", folder);
    char *line = read_file(path, status, sizeof status) < 0 ? 0 : strstr(status, label);
    return line ? atol(line + sizeof label - 1) : 0;
}

static void list_stuck(const char *folder, const char *name, struct text *t)
{
    char path[512], stack[4096];
    long switches = switches_of(folder);
    snprintf(path, sizeof path, "%s/stack", folder);
    int n = read_file(path, stack, sizeof stack);
    for (char *c = stack; n > 0 && *c; c++) if (*c == '\n') *c = ';';
    add(t, "%s%s.%ld (%s) %s", t->length ? "\n" : "", last(folder), switches, name, n > 0 ? stack : "");
}

// Whether a worker of the kernel has something to do: one that has nothing is idle, in state 'I'. Looking for disks sleeps and runs by
// turns, so that at the moment of a look it may be in no uninterruptible sleep.
static int is_busy(char state, const char *name) { return state && state != 'I' && !strncmp(name, "kworker", strlen("kworker")); }

// Every task in uninterruptible sleep: its number, how often it slept, its name, its call chain with ';' between functions. EBUSY if
// workers are busy otherwise. Without a text the first task or worker is enough. Nobody but us has more than one thread.
int do_stuck(struct text *t)
{
    int busy = 0;
    static const char *const folders[] = {"/proc", "/proc/1/task"};
    char path[300], name[64];
    for (int ours = 0; ours < 2; ours++) {
        DIR *folder = opendir(folders[ours]);
        if (!folder) return errno;
        int found = 0;
        for (struct dirent *e; !found && (e = readdir(folder));) {
            long id = strtol(e->d_name, 0, 10);
            if (id <= !ours || (id < BYSTANDERS && bystander[id])) continue;
            snprintf(path, sizeof path, "%s/%s", folders[ours], e->d_name);
            char state = state_of(path, name, sizeof name);
            if (state != 'D') {
                busy |= is_busy(state, name);
                found = !t && busy;
                continue;
            }
            if (t) list_stuck(path, name, t); else found = 1;
        }
        closedir(folder);
        if (found) return EBUSY;
    }
    return busy ? EBUSY : 0;
}

// Whether nothing runs but us, and no more than so many other requests are on their way.
static int is_idle(long others)
{
    char line[128];
    int runnable = 0;
    if (__atomic_load_n(&running, __ATOMIC_SEQ_CST) > 1 + others) return 0;
    if (read_file("/proc/loadavg", line, sizeof line) < 0) return 1;
    return sscanf(line, "%*s %*s %*s %d/", &runnable) != 1 || runnable <= 1;
}

// Whether exactly these devices are there; any are if none are named.
static int has_devices(const struct request *r, struct text *t)
{
    if (!r->arg[2]) return 1;
    int named = 0, shown = 0;
    for (const char *c = t->bytes; *c; c++) shown += *c == '=';
    for (int i = 2; i < ARGS && r->arg[i]; i++) {
        if (!strcmp(r->arg[i], "none")) continue;
        char pattern[64];
        snprintf(pattern, sizeof pattern, " %s=", r->arg[i]);
        named++;
        if (!strstr(t->bytes, pattern)) return 0;
    }
    return named == shown;
}

// rest MILLISECONDS OTHERS [BUSID...|none]: waits until nothing moves any more: nothing runs, no worker of the kernel is busy (probing
// shows as that), no task is in uninterruptible sleep, at most so many other requests are unanswered, and the devices are those and stay so.
// Answers the devices.
int do_rest(const struct request *r, struct text *t)
{
    struct timespec start, now;
    static const useconds_t look = 2000;
    long others = atol(r->arg[1]);
    char before[1024] = "?";
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        usleep(look);
        t->length = 0;
        t->bytes[0] = 0;
        if (is_idle(others)) {
            do_devices(t);
            if (has_devices(r, t) && !strncmp(before, t->bytes, sizeof before - 1) && !do_stuck(0) && is_idle(others)) return 0;
            snprintf(before, sizeof before, "%s", t->bytes);
        } else before[0] = '?';
        clock_gettime(CLOCK_MONOTONIC, &now);
        if ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 >= atol(r->arg[0])) return EBUSY;
    }
}
