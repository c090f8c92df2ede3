/* Profiles of an arena as files `EXE.PID.SEQ.KIND.pb.gz`. One thread at a time; not
 * async-signal-safe. */
#ifndef CPPROF_COLLECTOR_PROFILE_FILES_H
#define CPPROF_COLLECTOR_PROFILE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena/threads_record.h"
#include "arena/view.h"
#include "symbolize/symbolize.h"

/* The parts of a profile's file name. */
struct profile_name {
    char exe[64];
    unsigned pid, seq;
    int kind;       /* enum profile_kind */
    bool temporary; /* being written, or left by a writer that died */
};

#define PROFILE_SUFFIX ".pb.gz"

/* Reads a file name; false when it is not one of ours. */
bool profile_name_parse(const char *name, struct profile_name *out);

/* One more than the greatest sequence number that a file of this process has in `dir`. */
unsigned profile_name_free_seq(const char *dir, const char *exe, unsigned pid);

struct profile_output {
    const char *dir;               /* where files go */
    struct symbolizer *symbolizer; /* NULL: addresses only; kept by the caller, for all its files */
};

/* Options that every command that writes profiles has. */
struct profile_request {
    const char *dir; /* NULL: not given */
    bool no_symbolize;
};

/* Parses them with getopt; what follows them is at optind. 0, or EXIT_UNUSABLE after a message.
 * Call it once, after message_command. */
int profile_request_parse(struct profile_request *request, int argc, char **argv);

/* The directory of dumps: `dir` if not NULL, else CPROF_DIR, else "."; makes it if it is missing.
 * NULL after a message. */
const char *profile_dir(const char *dir);

/* Readies an output; -errno after a message. Release it in every case. Stops SIGCHLD from being
 * ignored. */
int profile_output_init(struct profile_output *out, const struct profile_request *request);
void profile_output_release(struct profile_output *out);

/* Writes the profiles of every kind that is on in a checked view, and of threads if there is a
 * checked record of them (NULL: there is none), under the first sequence number that no file of
 * this process has; never over a file that is there. Prints each file's path on stdout, and a
 * message where one cannot be written or symbolized; the latter is no error. Returns 0 or the first
 * negative errno. */
int profile_files_write(const struct arena_view *v, const struct threads_head *threads,
                        const struct profile_output *out);

/* Removes temporary files in `dir` whose writer is no more. Returns how many. */
size_t profile_files_sweep(const char *dir);

#endif
