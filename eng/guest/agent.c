// The first process of a guest: loads modules, then does what the host asks for on a console and answers there.
//
// A request is a line 'ID DELAY VERB [ARG]...', where DELAY is in microseconds from the moment the whole message was read. A message is
// one or more requests followed by an empty line, so that delays within it count from one moment. Every request has a thread of its own
// and is answered by '@ID ERRNO [TEXT]' when it is done, in whatever order; a thread that never returns, or dies in an oops, gives no answer.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 4, FILES = 8, ARGS = 6, MOST = 64, LINE = 512, REPLY = 24 * 1024, SECTOR = 512, ETH_ALL = 0x0300 /* big endian */ };

struct request {
    char line[LINE];
    struct timespec start;
    char *id, *verb, *arg[ARGS];
};

struct text {
    size_t length;
    char bytes[REPLY];
};

static int console = -1;
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t files = PTHREAD_MUTEX_INITIALIZER;
static int held[SLOTS][FILES];
static char interface[SLOTS][FILES][IFNAMSIZ];

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t room = sizeof t->bytes - t->length;
    int n = vsnprintf(t->bytes + t->length, room, format, list);
    va_end(list);
    if (n > 0) t->length += (size_t)n < room ? (size_t)n : room - 1;
}

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

static int read_file(const char *path, char *buffer, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    ssize_t n = read(fd, buffer, size - 1);
    int error = errno;
    close(fd);
    if (n < 0) return -error;
    while (n && buffer[n - 1] == '\n') n--;
    buffer[n] = 0;
    return n;
}

static int write_file(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = write(fd, value, strlen(value)) < 0 ? errno : 0;
    close(fd);
    return error;
}

// The first path that matches; false if there is none.
static int first(const char *pattern, char *path, size_t size)
{
    glob_t found;
    int there = glob(pattern, 0, 0, &found) == 0;
    if (there) snprintf(path, size, "%s", found.gl_pathv[0]);
    globfree(&found);
    return there;
}

static int child_of(const char *bus_id, const char *below, char *path, size_t size)
{
    char pattern[256];
    snprintf(pattern, sizeof pattern, "/sys/bus/ccw/devices/%s/virtio*%s", bus_id, below);
    return first(pattern, path, size);
}

static const char *last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// Brings an interface up and opens a socket on it.
static int open_interface(const char *name)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, ETH_ALL);
    if (fd < 0) return -errno;
    struct ifreq r = {0};
    memcpy(r.ifr_name, name, strnlen(name, IFNAMSIZ - 1));
    r.ifr_flags = IFF_UP;
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = ETH_ALL, .sll_ifindex = if_nametoindex(name)};
    if (ioctl(fd, SIOCSIFFLAGS, &r) < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

// Opens what a device is used through: a disk, the generator, a port, an interface. Its name goes to 'name' if it is an interface.
static int open_node(const char *bus_id, char *name)
{
    static const char *const nodes[] = {"/block/*", "/host*/target*/*/block/*", "/virtio-ports/*"};
    char path[512], node[512];
    name[0] = 0;
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        if (!child_of(bus_id, nodes[i], path, sizeof path)) continue;
        snprintf(node, sizeof node, "/dev/%s", last(path));
        int fd = open(node, O_RDWR | O_CLOEXEC | (i == 2 ? O_NONBLOCK : O_DSYNC));
        return fd < 0 ? -errno : fd;
    }
    if (child_of(bus_id, "/net/*", path, sizeof path)) {
        snprintf(name, IFNAMSIZ, "%.*s", IFNAMSIZ - 1, last(path));
        return open_interface(name);
    }
    char kind[64];
    if (!child_of(bus_id, "/device", path, sizeof path) || read_file(path, kind, sizeof kind) < 0) return -ENODEV;
    if (strtoul(kind, 0, 0) != 4) return -ENODEV; // only an entropy device is left
    int fd = open("/dev/hwrng", O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int do_open(int slot, const char *bus_id)
{
    char name[IFNAMSIZ];
    int fd = open_node(bus_id, name);
    if (fd < 0) return -fd;
    pthread_mutex_lock(&files);
    for (int i = 0; i < FILES; i++) {
        if (held[slot][i]) continue;
        held[slot][i] = fd;
        memcpy(interface[slot][i], name, IFNAMSIZ);
        pthread_mutex_unlock(&files);
        return 0;
    }
    pthread_mutex_unlock(&files);
    close(fd);
    return EMFILE;
}

static int take(int slot, char *name)
{
    int fd = 0;
    pthread_mutex_lock(&files);
    for (int i = 0; i < FILES && !fd; i++) {
        fd = held[slot][i];
        held[slot][i] = 0;
        if (fd) memcpy(name, interface[slot][i], IFNAMSIZ);
    }
    pthread_mutex_unlock(&files);
    return fd;
}

static int do_close(int slot)
{
    char name[IFNAMSIZ] = "";
    int fd = take(slot, name);
    if (!fd) return EBADF;
    if (name[0]) {
        struct ifreq r = {0};
        memcpy(r.ifr_name, name, IFNAMSIZ);
        ioctl(fd, SIOCSIFFLAGS, &r);
    }
    return close(fd) ? errno : 0;
}

static int do_transfer(int slot, int is_write, long sector, long sectors)
{
    char buffer[16 * SECTOR];
    pthread_mutex_lock(&files);
    int fd = 0;
    for (int i = 0; i < FILES && !fd; i++) fd = held[slot][i];
    int is_interface = fd && interface[slot][0][0];
    pthread_mutex_unlock(&files);
    if (!fd) return EBADF;
    if (sectors > 16) sectors = 16;
    size_t length = is_interface ? 60 : sectors * SECTOR;
    memset(buffer, is_write ? (int)sector + 1 : 0, sizeof buffer);
    if (is_interface) memset(buffer, 0xff, 6);
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ssize_t n = is_write ? pwrite(fd, buffer, length, sector * SECTOR) : pread(fd, buffer, length, sector * SECTOR);
    if (n < 0 && errno == ESPIPE) n = is_write ? write(fd, buffer, length) : read(fd, buffer, length);
    return n < 0 ? errno : 0;
}

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

static int do_devices(struct text *t)
{
    DIR *folder = opendir("/sys/bus/ccw/devices");
    if (!folder) return errno;
    for (struct dirent *e; (e = readdir(folder));)
        if (e->d_name[0] != '.') list_device(e->d_name, t);
    closedir(folder);
    return 0;
}

// Every thread in uninterruptible sleep, and every other one of our own that has not answered, however it sleeps: its number, its name,
// its call chain with ';' between functions.
static int do_stuck(struct text *t)
{
    char path[512], stat[512], stack[4096];
    glob_t found;
    if (glob("/proc/[0-9]*/task/[0-9]*/stat", GLOB_NOSORT, 0, &found)) return ENOENT;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (read_file(found.gl_pathv[i], stat, sizeof stat) < 0) continue;
        char *open = strchr(stat, '('), *close = strrchr(stat, ')');
        if (!open || !close || close[1] != ' ') continue;
        long id = strtol(stat, 0, 10);
        int is_request = !strncmp(found.gl_pathv[i], "/proc/1/", 8) && id != 1 && id != syscall(SYS_gettid);
        if (close[2] != 'D' && !is_request) continue;
        *close = 0;
        snprintf(path, sizeof path, "%.*sstack", (int)(strlen(found.gl_pathv[i]) - 4), found.gl_pathv[i]);
        int n = read_file(path, stack, sizeof stack);
        for (char *c = stack; n > 0 && *c; c++) if (*c == '\n') *c = ';';
        add(t, "%s%ld (%s) %s", t->length ? "\n" : "", id, open + 1, n > 0 ? stack : "");
    }
    globfree(&found);
    return 0;
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

static int do_sysfs_read(const char *bus_id)
{
    static const char *const attributes[] = {"/block/*/cache_type", "/net/*/speed", "/host*/scsi_host/host*/unique_id", "/features"};
    char path[512], value[256];
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (!child_of(bus_id, attributes[i], path, sizeof path)) continue;
        int n = read_file(path, value, sizeof value);
        return n < 0 ? -n : 0;
    }
    return ENODEV;
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
    if (is(r, "stuck", 0)) return do_stuck(t);
    if (is(r, "settle", 0)) return do_settle();
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
    int error = t ? perform(r, t) : ENOMEM;
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
    if (pthread_create(&thread, &attributes, run, r)) {
        struct text none = {0};
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
    char line[2048] = "", device[64] = "/dev/ttysclp0", version[256] = "";
    read_file("/proc/cmdline", line, sizeof line);
    char *named = strstr(line, "agent=");
    if (named) sscanf(named + 6, "%63[^ ]", device);
    set_up_console(device);
    read_file("/proc/sys/kernel/osrelease", version, sizeof version);
    struct text ready = {0};
    add(&ready, "%s", version);
    answer("ready", 0, &ready);
    serve(fdopen(console, "r"));
}
