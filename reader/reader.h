/* The reading half of pprof: everything that `go tool pprof` does, and what its users have long
 * asked for. It knows profiles (proto/) and, to name addresses, the symbolizer; nothing of the
 * agent.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_READER_H
#define CPPROF_READER_READER_H

#include <stdbool.h>

/* Whether the command line is the reader's: an option of pprof's (`-top`), a source (a file that is
 * there, a URL), or one of the reader's words (`top`, `list`, `diff`, `flame`, ...). `argv[0]` is
 * the word after `cpprof`. */
bool reader_wants(int argc, char **argv);

/* Reads profiles and reports, as `go tool pprof ARGV...` would. `argv[0]` is the first argument.
 * Returns the exit status: 0; 1: it failed, `cpprof: WHY` is on stderr; 2: wrong use. */
int reader_main(int argc, char **argv);

#endif
