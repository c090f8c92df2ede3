/* /tmp/perf-PID.map: where a JIT compiler writes the names of the code it makes, one line
 * `START SIZE name` with START and SIZE in hex, appended to as code is made and moved.
 *
 * Not async-signal-safe: it uses malloc. One thread at a time per call. */
#ifndef CPPROF_SYMBOLIZE_PERF_MAP_H
#define CPPROF_SYMBOLIZE_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes the usual path of the map of process `pid` into `path`. */
void perf_map_path(char *path, size_t path_bytes, long pid);

/* Reads the map at `path` into *text (NUL-terminated, *n bytes without the NUL, to be freed by the
 * caller). Only a regular file that is not a link and belongs to root, to the current user or to
 * `owner` is trusted, since anybody may write in /tmp. Returns 0, -EPERM (somebody else's), -EFBIG,
 * -EINVAL (no regular file), -ENOMEM, or -errno of open and read. */
int perf_map_read(const char *path, uid_t owner, char **text, size_t *n);

/* Names addresses: names[i] becomes the name of the last line of `text` whose range holds
 * addresses[i], or stays NULL. `addresses` is sorted; names point into `text`, which is changed.
 * Lines that do not parse are skipped. Returns 0 or -ENOMEM. */
int perf_map_lookup(char *text, size_t n, const uint64_t *addresses, size_t n_addresses,
                    const char **names);

#endif
