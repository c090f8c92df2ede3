/* The frames of a snapshot: stacks of addresses become locations of the pprof file, which are
 * written, with their mappings, where they are first used.
 *
 * Shared by the writers of all kinds. Signal and thread safety as in arena/snapshot.h. */
#ifndef CPPROF_ARENA_SNAPSHOT_FRAMES_H
#define CPPROF_ARENA_SNAPSHOT_FRAMES_H

#include "arena/frame_marks.h"
#include "arena/location_table.h"
#include "arena/object_map.h"
#include "proto/writer.h"

enum { FRAMES_CACHE_SLOTS = 4096 };

struct cached_location {
    uint64_t pc;
    uint32_t epoch, id; /* id 0: empty */
};

struct frames {
    const struct arena_view *v;
    const struct mem *mem;
    struct pprof_writer *w;
    struct object_map objects;
    uint32_t *mapping_ids; /* per object_map entry; 0: not written yet */
    uint32_t n_mappings;
    struct location_table locations;
    uint64_t n_functions;
    uint64_t *ids;    /* of the last stack */
    size_t ids_bytes; /* room of `ids` */
    struct cached_location cache[FRAMES_CACHE_SLOTS];
};

/* Reads the list of objects and writes the program's own mapping, which is the first one always.
 * `f` is zeroed memory. Stacks may be at most `depth_max` deep. *damaged counts what could not be
 * read. 0 or -ENOMEM; release it in both cases. */
int frames_init(struct frames *f, const struct arena_view *v, const struct mem *mem,
                struct pprof_writer *w, uint32_t depth_max, uint64_t *damaged);
void frames_release(struct frames *f);

/* Sets f->ids to the locations of a stack; depth <= depth_max. 0 or -ENOMEM. */
int frames_locate(struct frames *f, const uint64_t *pcs, uint32_t depth, uint32_t epoch);

/* How much of a mapped file's path of n bytes to show: without the kernel's mark of a deleted file,
 * as Go does. What was mapped is still the file of that name, or the build ID says that it is not.
 */
size_t mapping_path_bytes(const char *path, size_t n);

/* Zeroed memory of `mem`, or NULL; and its return, which NULL is allowed for. */
void *scratch_new(const struct mem *mem, size_t bytes);
void scratch_free(const struct mem *mem, void *p, size_t bytes);

#endif
