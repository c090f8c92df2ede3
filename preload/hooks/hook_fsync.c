/* Hooks: writing to the disk what was written to files. */
#include <unistd.h>

#include "preload/real.h"
#include "preload/wait.h"

HOOK int fsync(int fd) {
    return WAIT_CALL(ARENA_WAIT_SYNC, fd, REAL(fsync)(fd));
}

HOOK int fdatasync(int fd) {
    return WAIT_CALL(ARENA_WAIT_SYNC, fd, REAL(fdatasync)(fd));
}
