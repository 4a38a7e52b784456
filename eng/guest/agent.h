// What the parts of the agent share.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 4, ARGS = 8, LINE = 512, REPLY = 24 * 1024 };

// What the host asks for.
struct request {
    char line[LINE];
    struct timespec start;
    char *id, *verb, *arg[ARGS];
};

// What is answered; what does not fit is lost.
struct text {
    size_t length;
    char bytes[REPLY];
};

// agent.c
extern int running; // requests that have not been answered

// text.c
void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
int read_file(const char *path, char *buffer, size_t size); // its length, or -errno
int write_file(const char *path, const char *value);        // 0 or errno
int first(const char *pattern, char *path, size_t size);    // whether one matches
int child_of(const char *bus_id, const char *below, char *path, size_t size);
const char *last(const char *path);

// files.c: what processes do with devices; 0 or errno.
int do_open(int slot, const char *bus_id);
int do_close(int slot);
int do_close_all(int slot);
int do_transfer(int slot, int is_write, long sector, long sectors);
int do_sysfs_read(const char *bus_id);

// look.c: what the guest is like; 0 or errno.
void note_bystanders(void);
int do_devices(struct text *t);
int do_subchannels(struct text *t);
int do_stuck(struct text *t);
int do_rest(const struct request *r, struct text *t);

// symbols.c: 0 or errno.
int do_symbol(const char *name, struct text *t);
int do_places(const struct request *r, struct text *t);

// coverage.c
unsigned long *start_coverage(int *fd);
void end_coverage(unsigned long *places, int fd);
int do_coverage(struct text *t);
