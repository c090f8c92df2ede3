/* Who holds a lock, from what stands in its memory. Usable anywhere. */
#ifndef CPPROF_COLLECTOR_LOCK_OWNER_H
#define CPPROF_COLLECTOR_LOCK_OWNER_H

#include <stdint.h>

/* The owner's tid where the three words at a futex may be those of a mutex of glibc that somebody
 * holds and somebody waits for; 0 otherwise. Other locks may look like one: it is an owner only if
 * the process has such a thread. */
uint32_t mutex_owner(const uint32_t words[3]);

#endif
