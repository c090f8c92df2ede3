/* What the compiler and the linker are told of the agent's functions and data.
 *
 * A program that waits finds its caches cold when it goes on, and each page and each line that the
 * agent touches then is a miss that the program pays for. So what runs for every event stands
 * together, functions as well as data. */
#ifndef CPPROF_PRELOAD_ATTRIBUTES_H
#define CPPROF_PRELOAD_ATTRIBUTES_H

#define HOOK        __attribute__((visibility("default")))
#define HOT         __attribute__((hot))
#define COLD        __attribute__((cold, noinline))
#define HOT_DATA    __attribute__((section("hot_data")))
#define INTERNAL    __attribute__((visibility("hidden"))) /* of a declaration: no look-up */
#define WEAK        __attribute__((weak))                 /* of a declaration: may be missing */
#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#endif
