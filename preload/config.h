/* Settings from the environment. */
#ifndef CPPROF_PRELOAD_CONFIG_H
#define CPPROF_PRELOAD_CONFIG_H

#include "preload/agent.h"

/* Reads every setting of the table (arena/settings.h) into *config. An unusable value is one line
 * on stderr, and the default. Not async-signal-safe; keeps errno. Returns false when CPROF_EXE
 * excludes this program. */
bool config_read(struct agent_config *config);

#endif
