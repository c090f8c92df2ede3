/* A copy of the program's own code where the loader has mapped the file's. */
#ifndef CPPROF_TESTS_TRUTH_REMAP_H
#define CPPROF_TESTS_TRUTH_REMAP_H

#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int remap_one(struct dl_phdr_info *info, size_t size, void *unused) {
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_X))
            continue;
        char *lo = (char *)((info->dlpi_addr + ph->p_vaddr) & -4096ul);
        size_t bytes =
            ((info->dlpi_addr + ph->p_vaddr + ph->p_memsz + 4095) & -4096ul) - (size_t)lo;
        void *copy = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (copy == MAP_FAILED)
            _exit(1);
        memcpy(copy, lo, bytes);
        if (mprotect(copy, bytes, PROT_READ | PROT_EXEC) != 0 ||
            mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, lo) != lo)
            _exit(1);
    }
    return 1;
}

/* The executable comes first. */
static inline void remap_own_code(void) {
    dl_iterate_phdr(remap_one, NULL);
}

#endif
