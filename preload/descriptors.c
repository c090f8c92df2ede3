/* What is known of descriptors.
 *
 * Model: a bit that is set is a belief. Hooks of the calls that end it, close, dup2, fcntl and
 * ioctl, take it back. What ends it unseen, a system call of the program's own, an fclose, another
 * process with the same open file, is found out because each thread asks the kernel at every
 * ASK_EVERYth transfer of its own. The same question is how most are learnt: what is asked is what
 * is used most. A prime, as servers do the same few transfers again and again.
 *
 * While a belief is wrong, waits on that descriptor go unseen. That a signal of ours ends one does
 * not: then the kernel is asked, and the call goes on as any that waits (wait_begin_late). */
#include "preload/descriptors.h"

#include <fcntl.h>

#include "preload/sys.h"
#include "preload/wait.h"

enum { ASK_EVERY = 61 };

uint64_t descriptors_nonblocking[DESCRIPTORS / 64] HOT_DATA;

/* Changes nothing, and so no other processor's cache, where it is as it was. */
static void note(int fd, bool nonblocking) {
    if ((unsigned)fd >= DESCRIPTORS || descriptor_is_nonblocking(fd) == nonblocking)
        return;
    uint64_t *word = &descriptors_nonblocking[fd / 64], bit = UINT64_C(1) << fd % 64;
    if (nonblocking)
        __atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
    else
        __atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
}

/* A vfork child has the memory of its parent, and other descriptors. */
static bool is_other_process(void) {
    return !agent_on() || agent_sandboxed() || sys_getpid() != agent.pid;
}

void descriptor_flag(int fd, bool nonblocking) {
    if (nonblocking)
        descriptor_learn(fd, true);
    else
        for (int i = 0; i < DESCRIPTORS / 64; i++)
            __atomic_store_n(&descriptors_nonblocking[i], 0, __ATOMIC_RELAXED);
}

void descriptor_learn(int fd, bool nonblocking) {
    if (!nonblocking)
        note(fd, false);
    else if ((unsigned)fd < DESCRIPTORS && !descriptor_is_nonblocking(fd) && !is_other_process())
        note(fd, true);
}

bool descriptor_kernel_says(int fd) {
    long flags = sys_call2(SYS_fcntl, fd, F_GETFL);
    return flags >= 0 && flags & O_NONBLOCK;
}

COLD bool descriptor_ask(int fd) {
    thread_state.descriptor_calls = ASK_EVERY - 1;
    if ((unsigned)fd >= DESCRIPTORS || agent_sandboxed() ||
        __atomic_load_n(&hot.wait_mode, __ATOMIC_RELAXED) == WAIT_OFF)
        return descriptor_is_nonblocking(fd);
    descriptor_learn(fd, descriptor_kernel_says(fd));
    return descriptor_is_nonblocking(fd);
}
