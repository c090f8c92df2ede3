/* A thread in a system call has its number in orig_rax still. One whose call goes on after a stop
 * (restart_syscall) has lost it; the instruction before mostly tells: mov $NUMBER, %eax; syscall.
 */
#include "collector/threads/registers_wait.h"

#include <string.h>
#include <sys/syscall.h>

#include "collector/threads/syscall_waits.h"

static long number_in_code(struct image *im, uint64_t ip) {
    uint8_t code[7];
    int32_t nr;
    if (!image_read(im, ip - sizeof code, code, sizeof code) || code[0] != 0xb8 ||
        code[5] != 0x0f || code[6] != 0x05)
        return -1;
    memcpy(&nr, code + 1, sizeof nr);
    return nr;
}

enum arena_wait registers_wait(struct image *im, const struct user_regs_struct *regs) {
    long nr = (long)regs->orig_rax;
    return syscall_wait(nr == SYS_restart_syscall ? number_in_code(im, regs->rip) : nr);
}
