// What processes do with devices: they open, hold and close them, and transfer.
#include "agent.h"

#include <net/if.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { FILES = 8, SECTOR = 512, ETH_ALL = 0x0300 /* big endian */ };

static pthread_mutex_t files = PTHREAD_MUTEX_INITIALIZER;
static int held[SLOTS][FILES];
static char interface[SLOTS][FILES][IFNAMSIZ];

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

int do_open(int slot, const char *bus_id)
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

// Takes one of a slot's files away; 0 if there is none.
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

int do_close(int slot)
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

int do_close_all(int slot)
{
    int error;
    while ((error = do_close(slot)) != EBADF) continue;
    return 0;
}

int do_transfer(int slot, int is_write, long sector, long sectors)
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

int do_sysfs_read(const char *bus_id)
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
