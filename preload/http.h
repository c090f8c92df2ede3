/* CPROF_HTTP: a server of this process's profiles, `cpprof serve`, in a process of its own that the
 * program does not see.
 *
 * Children inherit the variable, so one process claims the address: the file RUN_DIR/http.ADDR
 * holds `PID START` of the one for which a server was started. */
#ifndef CPPROF_PRELOAD_HTTP_H
#define CPPROF_PRELOAD_HTTP_H

#include <signal.h>
#include <stdbool.h>

#include "preload/agent.h"

/* What CPROF_HTTP may be: host:port, :port, [host]:port, unix:PATH or nothing. Parses into *out, an
 * array of HTTP_ADDRESS_MAX bytes; a path becomes an absolute one. */
enum { HTTP_ADDRESS_MAX = sizeof(((struct agent_config *)0)->http) };
bool http_parse(const char *value, void *out);

/* Starts the server, if the settings ask for one and no living process has claimed the address.
 * What keeps it from that is one line on stderr. At the end of agent_init; keeps errno. */
void http_start(void);

/* At a clean end of the process: gives the claim back. Async-signal-safe; keeps errno. */
void http_end(void);

/* In a forked child: it takes over when the process that has claimed the address ends soon, as that
 * of a daemon does. A timer looks after that, by a signal of its own. Async-signal-safe. */
void http_fork_child(void);
bool http_is_timer(const siginfo_t *si);
void http_look(void);

#endif
