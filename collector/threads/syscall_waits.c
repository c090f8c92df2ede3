/* Two tables over the numbers of system calls. */
#include "collector/threads/syscall_waits.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

static const uint8_t waits[] = {
    [SYS_futex] = ARENA_WAIT_FUTEX,
    [SYS_read] = ARENA_WAIT_READ,
    [SYS_readv] = ARENA_WAIT_READ,
    [SYS_pread64] = ARENA_WAIT_READ,
    [SYS_preadv] = ARENA_WAIT_READ,
    [SYS_preadv2] = ARENA_WAIT_READ,
    [SYS_recvfrom] = ARENA_WAIT_READ,
    [SYS_recvmsg] = ARENA_WAIT_READ,
    [SYS_recvmmsg] = ARENA_WAIT_READ,
    [SYS_write] = ARENA_WAIT_WRITE,
    [SYS_writev] = ARENA_WAIT_WRITE,
    [SYS_pwrite64] = ARENA_WAIT_WRITE,
    [SYS_pwritev] = ARENA_WAIT_WRITE,
    [SYS_pwritev2] = ARENA_WAIT_WRITE,
    [SYS_sendto] = ARENA_WAIT_WRITE,
    [SYS_sendmsg] = ARENA_WAIT_WRITE,
    [SYS_sendmmsg] = ARENA_WAIT_WRITE,
    [SYS_sendfile] = ARENA_WAIT_WRITE,
    [SYS_splice] = ARENA_WAIT_WRITE,
    [SYS_accept] = ARENA_WAIT_ACCEPT,
    [SYS_accept4] = ARENA_WAIT_ACCEPT,
    [SYS_connect] = ARENA_WAIT_CONNECT,
    [SYS_poll] = ARENA_WAIT_POLL,
    [SYS_ppoll] = ARENA_WAIT_POLL,
    [SYS_select] = ARENA_WAIT_POLL,
    [SYS_pselect6] = ARENA_WAIT_POLL,
    [SYS_epoll_wait] = ARENA_WAIT_POLL,
    [SYS_epoll_pwait] = ARENA_WAIT_POLL,
    [SYS_epoll_pwait2] = ARENA_WAIT_POLL,
    [SYS_io_getevents] = ARENA_WAIT_POLL,
    [SYS_io_uring_enter] = ARENA_WAIT_POLL,
    [SYS_nanosleep] = ARENA_WAIT_SLEEP,
    [SYS_clock_nanosleep] = ARENA_WAIT_SLEEP,
    [SYS_flock] = ARENA_WAIT_FLOCK,
    [SYS_fcntl] = ARENA_WAIT_FLOCK, /* nothing else of it waits */
    [SYS_wait4] = ARENA_WAIT_CHILD,
    [SYS_waitid] = ARENA_WAIT_CHILD,
    [SYS_vfork] = ARENA_WAIT_CHILD,
    [SYS_pause] = ARENA_WAIT_SIGNAL,
    [SYS_rt_sigsuspend] = ARENA_WAIT_SIGNAL,
    [SYS_rt_sigtimedwait] = ARENA_WAIT_SIGNAL,
    [SYS_semop] = ARENA_WAIT_SEMAPHORE,
    [SYS_semtimedop] = ARENA_WAIT_SEMAPHORE,
    [SYS_fsync] = ARENA_WAIT_SYNC,
    [SYS_fdatasync] = ARENA_WAIT_SYNC,
    [SYS_sync_file_range] = ARENA_WAIT_SYNC,
    [SYS_msync] = ARENA_WAIT_SYNC,
    [SYS_syncfs] = ARENA_WAIT_SYNC,
    [SYS_sync] = ARENA_WAIT_SYNC,
    [SYS_exit_group] = ARENA_WAIT_EXIT,
};

enum arena_wait syscall_wait(long nr) {
    return nr >= 0 && (size_t)nr < sizeof waits ? (enum arena_wait)waits[nr] : ARENA_WAIT_NONE;
}

/* signal(7), "Interruption of system calls and library functions by stop signals"; the calls on
 * sockets are there for those with a timeout of their own. */
bool syscall_restartable(long nr) {
    switch (nr) {
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_rt_sigtimedwait:
    case SYS_io_getevents:
    case SYS_accept:
    case SYS_accept4:
    case SYS_recvfrom:
    case SYS_recvmsg:
        return true;
    }
    return false;
}
