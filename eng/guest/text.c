// Text, and small files of the kernel.
#include "agent.h"

#include <glob.h>

void add(struct text *t, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t room = sizeof t->bytes - t->length;
    int n = vsnprintf(t->bytes + t->length, room, format, list);
    va_end(list);
    if (n > 0) t->length += (size_t)n < room ? (size_t)n : room - 1;
}

int read_file(const char *path, char *buffer, size_t size)
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

int write_file(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = write(fd, value, strlen(value)) < 0 ? errno : 0;
    close(fd);
    return error;
}

// The first path that matches; false if there is none.
int first(const char *pattern, char *path, size_t size)
{
    glob_t found;
    int there = glob(pattern, 0, 0, &found) == 0;
    if (there) snprintf(path, size, "%s", found.gl_pathv[0]);
    globfree(&found);
    return there;
}

int child_of(const char *bus_id, const char *below, char *path, size_t size)
{
    char pattern[256];
    snprintf(pattern, sizeof pattern, "/sys/bus/ccw/devices/%s/virtio*%s", bus_id, below);
    return first(pattern, path, size);
}

const char *last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
