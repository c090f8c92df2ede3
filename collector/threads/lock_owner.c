/* A pthread_mutex_t of glibc begins with int lock, unsigned count, int owner. The lock is 2 while
 * somebody waits, or the owner's tid with two marks in robust and priority-inheriting mutexes. */
#include "collector/threads/lock_owner.h"

#include <linux/futex.h>

uint32_t mutex_owner(const uint32_t words[3]) {
    uint32_t lock = words[0], owner = words[2];
    return lock == 2 || (lock & FUTEX_TID_MASK) == owner ? owner : 0;
}
