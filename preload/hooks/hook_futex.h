/* Waits of locks that are not libc's: syscall(SYS_futex), by which Rust's standard library, abseil,
 * C++20's atomics and others wait. */
#ifndef CPPROF_PRELOAD_HOOKS_HOOK_FUTEX_H
#define CPPROF_PRELOAD_HOOKS_HOOK_FUTEX_H

typedef long syscall_fn(long, long, long, long, long, long, long);

/* What syscall(SYS_futex, word, ...) is to do; `real` is libc's syscall. Sets errno as that does.
 */
long futex_call(syscall_fn *real, long word, long op, long value, long timeout, long word2,
                long value3);

#endif
