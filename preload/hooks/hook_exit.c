/* Hooks: the ends of a process that run no destructors. exit, return from main and quick_exit end
 * in handlers that agent_init registers. */
#include <stdlib.h>
#include <unistd.h>

#include "preload/agent.h"
#include "preload/dump.h"
#include "preload/real.h"

HOOK void _exit(int status) {
    dump_at_exit();
    REAL(_exit)(status);
    __builtin_unreachable();
}

HOOK void _Exit(int status) {
    _exit(status);
}
