/* One process that is served: finding its arena, and copying that.
 *
 * The arena is held open, so that what was recorded until its process ended can be read also when
 * that happens in the middle of a request.
 *
 * Functions return 0 or a negative errno, with one line for people in *why that ends a
 * sentence beginning with "process PID"; it is valid until the thread's next call. One thread at a
 * time per target. */
#ifndef CPPROF_COLLECTOR_SERVE_TARGET_H
#define CPPROF_COLLECTOR_SERVE_TARGET_H

#include "collector/arena_file.h"
#include "collector/serve/server.h"

struct target {
    struct arena_list list;        /* that `file` is in */
    const struct arena_file *file; /* NULL: there is none */
    int arena_fd;                  /* -1: not open */
    int pid_fd;                    /* readable when the process has ended; -1: not known */
};

/* Finds process `pid`: -ENOENT when it is not being profiled, or not served; -ESRCH when it has
 * ended. Release it in every case. */
int target_open(struct target *t, const struct server *s, int pid, const char **why);
void target_release(struct target *t);

/* Copies its arena as it is now; release the image on success. -ENODATA: it is still being made. */
int target_load(const struct target *t, struct arena_image *image, const char **why);

#endif
