/* The list of mapped executable objects, in the arena, kept so that an address can be told after
 * the library it was in is gone. All functions are async-signal-safe. */
#ifndef CPPROF_PRELOAD_OBJECTS_H
#define CPPROF_PRELOAD_OBJECTS_H

#include "preload/store.h"

/* Reads /proc/self/maps and adds what is new. Does nothing while another thread does. */
void objects_refresh(struct store *s);

/* Called before a new stack is stored: makes sure that every address lies in a listed object, as
 * far as that can be had (at most one refresh a second for addresses that are in none). */
void objects_cover(struct store *s, const uint64_t *pcs, uint32_t depth);

/* True when the address lies in a listed object that is still mapped, as far as known. */
bool objects_known(uint64_t pc);

bool objects_all_known(const uint64_t *pcs, uint32_t depth);

/* Code was unmapped or may have changed: the next stack looks again. */
void objects_stale(void);
bool objects_are_stale(void);

/* Changes when an address may have become another object's; `epoch` is the arena's. */
uint64_t objects_version(uint32_t epoch);

/* Instead of a first refresh, in a forked child: takes the list of its parent's store over. */
void objects_inherit(struct store *s, struct store *from);

/* Path of the agent's own shared object, from the list; "" if unknown. `path` has room for
 * AGENT_PATH_MAX bytes. */
void objects_own_path(char *path);

#endif
