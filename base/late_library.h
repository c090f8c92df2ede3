/* Libraries that are loaded when they are first used, not when the command starts: libcurl,
 * libmicrohttpd and what they need are thirty libraries, which take 6 MB and 5 ms of a command that
 * asks nothing of the network. */
#ifndef CPPROF_BASE_LATE_LIBRARY_H
#define CPPROF_BASE_LATE_LIBRARY_H

#include <stddef.h>

/* Loads `soname` and puts the addresses of the `n` functions `names` into `functions`. 0, or
 * -ENOENT with the reason in `why`. One thread at a time; the library stays. */
int late_library_load(const char *soname, const char *const *names, void **functions, size_t n,
                      char *why, size_t why_bytes);

#endif
