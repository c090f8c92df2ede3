/* Arenas as files: finding them, telling whether their process lives, and copying them.
 *
 * Functions return 0 or a negative errno and print nothing; where `why` is given it is set to one
 * line for people (static) on error. One thread at a time per object; not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_ARENA_FILE_H
#define CPPROF_COLLECTOR_ARENA_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "arena/view.h"

struct arena_file {
    const char *dir; /* of the list */
    char name[48];   /* "PID.START" */
    int pid;
    uint64_t start_ticks; /* when the process was started, as in /proc/PID/stat field 22 */
    uid_t owner;          /* of the directory */
    bool alive;           /* that process was there when the list was made */
};

struct arena_list {
    struct arena_file *files; /* in the order of arena_file_compare; owned */
    size_t n;
    char **dirs; /* owned */
    size_t n_dirs;
};

/* An arena's copy: it does not change, and touching it cannot fault. */
struct arena_image {
    struct arena_view view; /* has passed arena_view_check */
};

/* Finds the arenas of the run directory: `run_dir` if not NULL, else CPROF_RUN_DIR, else
 * /dev/shm/cpprof-UID; for root without the first two those of all users. A directory that does not
 * exist has none; one that others may write to is refused: -EPERM with its name in `*bad_dir` (may
 * be NULL), valid until the list is released. Release the list in every case. */
int arena_list_init(struct arena_list *l, const char *run_dir, const char **bad_dir);
void arena_list_release(struct arena_list *l);

/* The same for the arenas of one process only, without looking at the others. */
int arena_list_init_pid(struct arena_list *l, const char *run_dir, int pid, const char **bad_dir);

/* The newest arena of a process, of a living one if there is any; NULL when it has none. */
const struct arena_file *arena_list_find(const struct arena_list *l, int pid);

/* Opens a run directory that only its owner can write to, who is us unless we are root; a
 * descriptor, and the owner in *owner; -EPERM for one that is not safe. */
int arena_dir_open(const char *path, uid_t *owner);

/* The order of a list, for qsort and bsearch: by pid, then start, then directory. */
int arena_file_compare(const void *a, const void *b);

/* Reads and checks the header alone. -ENODATA: its making was never completed; -EPROTO: of another
 * version. *used_bytes (may be NULL): memory that the file takes. */
int arena_file_header(const struct arena_file *f, struct arena_header *h, uint64_t *used_bytes,
                      const char **why);

/* Copies the arena as it is at this moment. -ENODATA as above. On success release the image. */
int arena_file_load(const struct arena_file *f, struct arena_image *image, const char **why);
void arena_image_release(struct arena_image *image);

/* Opens an arena, so that it can be copied also after its file has been removed: a descriptor, the
 * caller's to close. arena_fd_load copies it as it is then; the descriptor stays open. */
int arena_file_hold(const struct arena_file *f, const char **why);
int arena_fd_load(int fd, struct arena_image *image, const char **why);

/* The arena's file, or with a suffix one that its process made beside it. Opens it for reading if
 * it is a regular file of the directory's owner: a descriptor, or a negative errno. *st is set. */
int arena_file_open(const struct arena_file *f, const char *suffix, struct stat *st,
                    const char **why);
int arena_file_remove(const struct arena_file *f, const char *suffix);

/* Removes the arena of a dead process, and what that left beside it. */
int arena_file_remove_all(const struct arena_file *f);

#endif
