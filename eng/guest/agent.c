// The first process of a guest: loads modules, then does what the host asks for on a console and answers there.
//
// A request is a line 'ID DELAY VERB [ARG]...', where DELAY is in microseconds from the moment the whole message was read. A message is
// one or more requests followed by an empty line, so that delays within it count from one moment. Every request has a thread of its own
// and is answered by '@ID ERRNO [TEXT]' when it is done, in whatever order; a thread that never returns, or dies in an oops, gives none.
// What does not need to overlap anything is done here in one request ('closeall', 'rest'): a message to the host and back costs more.
#include "agent.h"

#include <glob.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

enum { MOST = 64 };

// What the host must speak; 'linux doctor' looks for it in this program.
static const char protocol[] = "ccwfuzz-agent 7";

int running;
static int console = -1;
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

static void send_all(const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(console, bytes, length);
        if (n < 0 && errno != EINTR && errno != EAGAIN) return;
        if (n <= 0) {
            usleep(1000);
            continue;
        }
        bytes += n;
        length -= n;
    }
}

// One line; whatever would end it becomes a '|'. It starts with a new line and goes in one piece, because the kernel writes there as well.
static void answer(const char *id, int error, struct text *t)
{
    static char line[REPLY + 128];
    for (size_t i = 0; i < t->length; i++)
        if (t->bytes[i] == '\n' || t->bytes[i] == '\r') t->bytes[i] = '|';
    t->bytes[t->length] = 0;
    pthread_mutex_lock(&writing);
    int n = snprintf(line, sizeof line, "\n@%.64s %d%s%s\n", id, error, t->length ? " " : "", t->bytes);
    send_all(line, n);
    pthread_mutex_unlock(&writing);
}

// Waits until every kernel thread of channel I/O has nothing to do.
static int do_settle(void) { return write_file("/proc/cio_settle", "1"); }

static int write_to(const char *bus_id, const char *below, struct text *t)
{
    char path[512], device[512];
    if (!child_of(bus_id, "", device, sizeof device)) return ENODEV;
    snprintf(path, sizeof path, "%s%s", device, below);
    add(t, "%s", last(device));
    return write_file(path, last(device));
}

static int is(const struct request *r, const char *verb, int arguments)
{
    return !strcmp(r->verb, verb) && (!arguments || r->arg[arguments - 1]);
}

static int perform(struct request *r, struct text *t)
{
    int slot = r->arg[0] ? (int)(strtoul(r->arg[0], 0, 10) % SLOTS) : 0;
    if (is(r, "ping", 0)) return add(t, "%s", r->arg[0] ? r->arg[0] : ""), 0;
    if (is(r, "write", 2)) {
        char value[256];
        snprintf(value, sizeof value, "%s%s%s", r->arg[1], r->arg[2] ? " " : "", r->arg[2] ? r->arg[2] : "");
        return write_file(r->arg[0], value);
    }
    if (is(r, "show", 1)) {
        char value[4096];
        int n = read_file(r->arg[0], value, sizeof value);
        if (n >= 0) add(t, "%s", value);
        return n < 0 ? -n : 0;
    }
    if (is(r, "open", 2)) return do_open(slot, r->arg[1]);
    if (is(r, "close", 1)) return do_close(slot);
    if (is(r, "closeall", 1)) return do_close_all(slot);
    if (is(r, "get", 3)) return do_transfer(slot, 0, atol(r->arg[1]), atol(r->arg[2]));
    if (is(r, "put", 3)) return do_transfer(slot, 1, atol(r->arg[1]), atol(r->arg[2]));
    if (is(r, "bind", 1)) {
        char device[512];
        if (!child_of(r->arg[0], "", device, sizeof device)) return ENODEV;
        return write_file("/sys/bus/virtio/drivers_probe", last(device));
    }
    if (is(r, "unbind", 1)) return write_to(r->arg[0], "/driver/unbind", t);
    if (is(r, "status", 1)) return do_sysfs_read(r->arg[0]);
    if (is(r, "mount", 2)) return mount(r->arg[0], r->arg[1], r->arg[2] ? r->arg[2] : "ext4", 0, 0) ? errno : 0;
    if (is(r, "umount", 1)) return umount(r->arg[0]) ? errno : 0;
    if (is(r, "devices", 0)) return do_devices(t);
    if (is(r, "subchannels", 0)) return do_subchannels(t);
    if (is(r, "stuck", 0)) return do_stuck(t);
    if (is(r, "symbol", 1)) return do_symbol(r->arg[0], t);
    if (is(r, "places", 1)) return do_places(r, t);
    if (is(r, "settle", 0)) return do_settle();
    if (is(r, "rest", 2)) return do_rest(r, t);
    if (is(r, "coverage", 0)) return do_coverage(t);
    if (is(r, "poweroff", 0)) return sync(), reboot(RB_POWER_OFF) ? errno : 0;
    return ENOSYS;
}

static int split(struct request *r, long *delay)
{
    char *rest = 0, *id = strtok_r(r->line, " ", &rest), *late = strtok_r(0, " ", &rest);
    r->id = id;
    r->verb = strtok_r(0, " ", &rest);
    if (!id || !late || !r->verb) return 0;
    for (int i = 0; i < ARGS; i++) r->arg[i] = strtok_r(0, " ", &rest);
    *delay = strtol(late, 0, 10);
    return 1;
}

static void *run(void *context)
{
    struct request *r = context;
    struct text *t = calloc(1, sizeof *t);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &r->start, 0) == EINTR) continue;
    int fd;
    unsigned long *places = is(r, "rest", 0) || is(r, "coverage", 0) ? 0 : start_coverage(&fd);
    int error = t ? perform(r, t) : ENOMEM;
    if (places) end_coverage(places, fd);
    __atomic_fetch_sub(&running, 1, __ATOMIC_SEQ_CST);
    if (t) answer(r->id, error, t);
    free(t);
    free(r);
    return 0;
}

static void start(struct request *r, const struct timespec *now)
{
    pthread_attr_t attributes;
    pthread_t thread;
    long delay;
    if (!split(r, &delay)) {
        free(r);
        return;
    }
    r->start = *now;
    r->start.tv_nsec += delay % 1000000 * 1000;
    r->start.tv_sec += delay / 1000000 + r->start.tv_nsec / 1000000000;
    r->start.tv_nsec %= 1000000000;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    __atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
    if (pthread_create(&thread, &attributes, run, r)) {
        struct text none = {0};
        __atomic_fetch_sub(&running, 1, __ATOMIC_SEQ_CST);
        answer(r->id, EAGAIN, &none);
        free(r);
    }
    pthread_attr_destroy(&attributes);
}

// Reads messages for ever.
static void serve(FILE *input)
{
    struct request *waiting[MOST];
    int count = 0;
    char line[LINE];
    for (;;) {
        if (!fgets(line, sizeof line, input)) {
            clearerr(input);
            usleep(1000);
            continue;
        }
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] && count < MOST) {
            struct request *r = calloc(1, sizeof *r);
            if (!r) continue;
            snprintf(r->line, sizeof r->line, "%s", line);
            waiting[count++] = r;
            continue;
        }
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        for (int i = 0; i < count; i++) start(waiting[i], &now);
        count = 0;
    }
}

// Modules are tried in rounds, because their order is not known: one that needs another follows in the next round.
static void load_modules(void)
{
    glob_t found;
    if (glob("/modules/*.ko", 0, 0, &found)) return;
    int progress = 1;
    while (progress) {
        progress = 0;
        for (size_t i = 0; i < found.gl_pathc; i++) {
            if (!found.gl_pathv[i][0]) continue;
            int fd = open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC);
            int loaded = fd >= 0 && (!syscall(SYS_finit_module, fd, "", 0) || errno == EEXIST);
            if (fd >= 0) close(fd);
            if (!loaded) continue;
            found.gl_pathv[i][0] = 0;
            progress = 1;
        }
    }
    globfree(&found);
}

static void set_up_console(const char *device)
{
    for (int i = 0; i < 1000 && console < 0; i++) {
        console = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (console < 0) usleep(10000);
    }
    if (console < 0) {
        fprintf(stderr, "agent: cannot open %s: %s\n", device, strerror(errno));
        for (;;) pause();
    }
    // Output processing stays on: without it the driver sends late.
    struct termios t;
    if (tcgetattr(console, &t)) return;
    cfmakeraw(&t);
    t.c_oflag |= OPOST;
    t.c_oflag &= ~(ONLCR | OCRNL | ONLRET | ONOCR);
    tcsetattr(console, TCSANOW, &t);
}

int main(void)
{
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    mkdir("/mnt", 0755);
    mount("proc", "/proc", "proc", 0, 0);
    mount("sysfs", "/sys", "sysfs", 0, 0);
    mount("devtmpfs", "/dev", "devtmpfs", 0, 0);
    mount("debugfs", "/sys/kernel/debug", "debugfs", 0, 0);
    int out = open("/dev/console", O_RDWR | O_NOCTTY);
    for (int fd = 0; out >= 0 && fd < 3; fd++) dup2(out, fd);
    load_modules();
    note_bystanders();
    char line[2048] = "", device[64] = "/dev/ttysclp0", version[256] = "";
    read_file("/proc/cmdline", line, sizeof line);
    char *named = strstr(line, "agent=");
    if (named) sscanf(named + 6, "%63[^ ]", device);
    set_up_console(device);
    read_file("/proc/sys/kernel/osrelease", version, sizeof version);
    struct text ready = {0};
    add(&ready, "%s %s", version, strchr(protocol, ' ') + 1);
    answer("ready", 0, &ready);
    serve(fdopen(console, "r"));
}
