/* The start of the agent. */
#ifndef CPPROF_PRELOAD_START_H
#define CPPROF_PRELOAD_START_H

#include "preload/agent.h"

/* Runs once, from the constructor or from the first hook that needs the agent; keeps errno. Not
 * async-signal-safe. */
void agent_init(void);

#endif
