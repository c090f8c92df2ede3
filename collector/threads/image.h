/* The memory of a process as an unwinder needs it: bytes at addresses, and the files they are of.
 * The process may be running, stopped, or only a core file.
 *
 * Nothing that is read is trusted. Not async-signal-safe. One thread at a time per image. */
#ifndef CPPROF_COLLECTOR_IMAGE_H
#define CPPROF_COLLECTOR_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbolize/build_id.h"

struct image_mapping {
    uint64_t start, end; /* addresses [start, end) */
    uint64_t offset;     /* of `start` in the file, bytes */
    char *path;          /* owned; "[vdso]", or "" where there is no file */
    bool executable;
    int fd; /* where the bytes are that the source does not have; -1: none. Not owned */
};

/* Reads at most n bytes of the process at `address`; returns how many there were, 0 for none. */
typedef size_t image_read_fn(void *ctx, uint64_t address, void *to, size_t n);

struct image_page;

struct image {
    image_read_fn *read;
    void *ctx;
    struct image_mapping *mappings; /* by start, disjoint; owned */
    size_t n;
    struct image_page *pages; /* owned: what was read last */
};

/* An image without mappings. -ENOMEM. Release it in every case. */
int image_init(struct image *im, image_read_fn *read, void *ctx);
void image_release(struct image *im);

/* Adds a mapping, in its place; `path` is copied. 0, -ENOMEM, or -EINVAL where it is empty or meets
 * another one; it is then left out. */
int image_add_mapping(struct image *im, const struct image_mapping *m);

/* Says that a mapping is of another file; `path` is copied. 0 or -ENOMEM. */
int image_rename_mapping(struct image_mapping *m, const char *path);

/* The mapping that holds `address`, or NULL. */
const struct image_mapping *image_find(const struct image *im, uint64_t address);

/* Copies n bytes of the process; false when not all of them can be had. */
bool image_read(struct image *im, uint64_t address, void *to, size_t n);

/* Forgets what was read; for when it may have changed. */
void image_forget(struct image *im);

#endif
