/* What no other C library has is referred to weakly: a loader ends a program for any other symbol
 * that is missing, before the agent can say that it is not made for that library (musl). Included
 * by whoever uses one of these. */
#ifndef CPPROF_PRELOAD_GLIBC_H
#define CPPROF_PRELOAD_GLIBC_H

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdbool.h>
#include <stddef.h>

#pragma weak gnu_get_libc_version
#pragma weak dladdr1
#pragma weak dlvsym
#pragma weak sigabbrev_np
#pragma weak strerrordesc_np
#pragma weak pthread_attr_getsigmask_np
#pragma weak __libc_malloc
#pragma weak __libc_calloc
#pragma weak __libc_realloc
#pragma weak __libc_memalign
#pragma weak __libc_free
#pragma weak __pthread_register_cancel
#pragma weak __pthread_unregister_cancel

/* What pthread_atfork and at_quick_exit call; those two are linked into their caller, and would ask
 * for these strongly. The last argument is for objects that are unloaded, as we never are. */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                             void *object) __attribute__((weak));
extern int __cxa_at_quick_exit(void (*f)(void *), void *object) __attribute__((weak));

/* libc's clone by the name that no sanitizer has: the thread sanitizer's own takes the new process
 * for a fork of the thread, and ends the program where it is not. */
extern int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...) __attribute__((weak));

/* Absent before glibc 2.35. */
extern int _dl_find_object(void *, struct dl_find_object *) __attribute__((weak));

static inline bool libc_is_glibc(void) {
    return gnu_get_libc_version != NULL;
}

#endif
