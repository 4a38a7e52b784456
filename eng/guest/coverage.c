// Kernel code that requests ran, where the kernel has kcov. Places are hashed to 16 bits: the host keeps them in a small map.
#include "agent.h"

#include <sys/ioctl.h>
#include <sys/mman.h>

enum { PLACES = 16 * 1024, HASHES = 1 << 16 };

static unsigned char covered[HASHES / 8];

unsigned long *start_coverage(int *fd)
{
    *fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
    if (*fd < 0) return 0;
    unsigned long *places = MAP_FAILED;
    if (!ioctl(*fd, _IOR('c', 1, unsigned long), (unsigned long)PLACES))
        places = mmap(0, PLACES * sizeof *places, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (places == MAP_FAILED || ioctl(*fd, _IO('c', 100), 0)) {
        if (places != MAP_FAILED) munmap(places, PLACES * sizeof *places);
        close(*fd);
        return 0;
    }
    __atomic_store_n(&places[0], 0, __ATOMIC_RELAXED);
    return places;
}

void end_coverage(unsigned long *places, int fd)
{
    ioctl(fd, _IO('c', 101), 0);
    unsigned long count = __atomic_load_n(&places[0], __ATOMIC_RELAXED);
    for (unsigned long i = 1; i <= count && i < PLACES; i++) {
        unsigned hash = (unsigned)((places[i] * 0x9e3779b97f4a7c15ul) >> 48);
        __atomic_fetch_or(&covered[hash / 8], 1 << hash % 8, __ATOMIC_RELAXED);
    }
    munmap(places, PLACES * sizeof *places);
    close(fd);
}

int do_coverage(struct text *t)
{
    for (unsigned hash = 0; hash < HASHES; hash++)
        if (covered[hash / 8] & 1 << hash % 8) add(t, "%04x", hash);
    return access("/sys/kernel/debug/kcov", F_OK) ? ENOSYS : 0;
}
