/* Where the sources that a profile names are on this machine: google/pprof's openSourceFile.
 *
 * Any thread; no state but the working directory. Not async-signal-safe. */
#ifndef CPPROF_READER_CODE_SOURCE_OPEN_H
#define CPPROF_READER_CODE_SOURCE_OPEN_H

#include <stddef.h>

/* Opens the source file that a profile calls `path`: without what path_trim takes off, as it is if
 * it is absolute, else below each directory of `search_path` (separated by colons), and below the
 * directories that these are in. Returns a descriptor, or a negative errno with pprof's words in
 * `why`. */
int source_open(const char *path, const char *trim_path, const char *search_path, char *why,
                size_t why_bytes);

#endif
