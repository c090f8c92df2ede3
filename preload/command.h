/* The command `cpprof`, as it lies beside this library. */
#ifndef CPPROF_PRELOAD_COMMAND_H
#define CPPROF_PRELOAD_COMMAND_H

#include <stdbool.h>

#include "preload/text.h"

enum { COMMAND_PATH_MAX = 1024 + 32 };

/* Keeps those variables of the environment that the command needs. From agent_init: programs
 * overwrite their environment. */
void command_init(void);

/* Its path, in a build and installed; false when it is not there. In a process of its own, see
 * preload/detached.h. */
bool command_find(struct text *path);

/* Becomes it, with stdin and stdout, and stderr too unless `speaks`, on /dev/null: whoever reads
 * the program's waits for their end. `more`: variables beside those that were kept, NULL at the
 * end, at most COMMAND_MORE. Returns only when that fails. */
enum { COMMAND_MORE = 4 };
void command_become(const char *path, char *const argv[], char *const more[], bool speaks);

#endif
