/* The files of a dump. Runs in the dumper: raw system calls, no errno, a stack of its own. */
#ifndef CPPROF_PRELOAD_DUMP_FILES_H
#define CPPROF_PRELOAD_DUMP_FILES_H

#include <stdbool.h>

#include "preload/agent.h"

enum { DUMP_FILES_MAX = 64 };

/* Names of files written so far. */
struct dump_files {
    int n;
    char path[DUMP_FILES_MAX][AGENT_PATH_MAX + 128];
};

/* Writes a raw, valid profile of each wanted kind, under the next free sequence number, each to a
 * temporary name that is then renamed. On a failure: one line on stderr (at the end of a process
 * only where CPROF_DIR was set), and no more files of this dump. */
void dump_files_write(struct dump_files *files, bool at_end);

/* Becomes `cpprof symbolize FILES`, if there is one beside this library; else returns. */
void dump_files_symbolize(struct dump_files *files);

#endif
