/* What no other C library has is referred to weakly: a loader ends a program for any other symbol
 * that is missing, before the agent can say that it is not made for that library (musl). Included
 * by whoever uses one of these. */
#ifndef CPPROF_PRELOAD_GLIBC_H
#define CPPROF_PRELOAD_GLIBC_H

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "preload/attributes.h"

extern __typeof__(gnu_get_libc_version) gnu_get_libc_version WEAK;
extern __typeof__(dladdr1) dladdr1 WEAK;
extern __typeof__(dlvsym) dlvsym WEAK;
extern __typeof__(sigabbrev_np) sigabbrev_np WEAK;
extern __typeof__(strerrordesc_np) strerrordesc_np WEAK;
extern __typeof__(pthread_attr_getsigmask_np) pthread_attr_getsigmask_np WEAK;
/* What pthread_cleanup_push makes calls to. */
extern __typeof__(__pthread_register_cancel) __pthread_register_cancel WEAK;
extern __typeof__(__pthread_unregister_cancel) __pthread_unregister_cancel WEAK;

/* Exported, declared by no header. */
extern void *__libc_malloc(size_t bytes) WEAK;
extern void *__libc_calloc(size_t n, size_t bytes) WEAK;
extern void *__libc_realloc(void *p, size_t bytes) WEAK;
extern void *__libc_memalign(size_t align, size_t bytes) WEAK;
extern void __libc_free(void *p) WEAK;

/* What pthread_atfork and at_quick_exit call; those two are linked into their caller, and would ask
 * for these strongly. The last argument is for objects that are unloaded, as we never are. */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                             void *object) WEAK;
extern int __cxa_at_quick_exit(void (*f)(void *), void *object) WEAK;

/* libc's clone by the name that no sanitizer has: the thread sanitizer's own takes the new process
 * for a fork of the thread, and ends the program where it is not. */
extern int __clone(int (*fn)(void *), void *stack, int flags, void *arg, ...) WEAK;

/* Absent before glibc 2.35. */
extern int _dl_find_object(void *, struct dl_find_object *) WEAK;

static inline bool libc_is_glibc(void) {
    return gnu_get_libc_version != NULL;
}

#endif
