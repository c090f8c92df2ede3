/* The table of waits. */
#include "arena/waits.h"

const struct wait_kind wait_kinds[ARENA_WAITS] = {
    [ARENA_WAIT_NONE] = {"", ""},
    [ARENA_WAIT_MUTEX] = {"mutex", "locking a mutex (pthread, C11)"},
    [ARENA_WAIT_RWLOCK] = {"rwlock", "locking a read-write lock"},
    [ARENA_WAIT_SPIN] = {"spin", "locking a spin lock"},
    [ARENA_WAIT_COND] = {"cond", "waiting on a condition variable"},
    [ARENA_WAIT_SEMAPHORE] = {"semaphore", "waiting for a semaphore"},
    [ARENA_WAIT_BARRIER] = {"barrier", "waiting at a barrier"},
    [ARENA_WAIT_JOIN] = {"join", "waiting for the end of a thread"},
    [ARENA_WAIT_ONCE] = {"once", "waiting for another thread's initialisation"},
    [ARENA_WAIT_FUTEX] = {"futex", "waiting in syscall(SYS_futex): locks of Rust, abseil, C++20"},
    [ARENA_WAIT_READ] = {"read", "reading or receiving"},
    [ARENA_WAIT_WRITE] = {"write", "writing or sending"},
    [ARENA_WAIT_ACCEPT] = {"accept", "accepting a connection"},
    [ARENA_WAIT_CONNECT] = {"connect", "connecting"},
    [ARENA_WAIT_POLL] = {"poll", "poll, select, epoll"},
    [ARENA_WAIT_SLEEP] = {"sleep", "sleeping"},
    [ARENA_WAIT_FLOCK] = {"flock", "locking a file"},
    [ARENA_WAIT_CHILD] = {"child", "waiting for a child process"},
    [ARENA_WAIT_SIGNAL] = {"signal", "waiting for a signal"},
    [ARENA_WAIT_SYNC] = {"sync", "fsync, fdatasync"},
    [ARENA_WAIT_EXIT] = {"exit", "ending the process"},
};

const char *wait_word(uint32_t wait) {
    return wait < ARENA_WAITS ? wait_kinds[wait].word : "unknown";
}
