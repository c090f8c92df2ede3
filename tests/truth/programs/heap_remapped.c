/* heap_remapped ROUNDS: after half of it, puts a copy of its own code where the loader has mapped
 * the file's, as programs do that want their code on huge pages. */
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/truth/programs/heap.h"

#define SITE_OF(id)                                                                                \
    static __attribute__((noinline, no_icf)) void site_remapped_##id(void) {                       \
        keep_block(malloc(KEPT_BYTES));                                                            \
        __asm__ volatile("" ::: "memory");                                                         \
    }
SITE_OF(a)
SITE_OF(b)

/* The executable comes first. */
static int remap(struct dl_phdr_info *info, size_t size, void *unused) {
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

int main(int argc, char **argv) {
    const int rounds = argc > 1 ? atoi(argv[1]) : 100;
    for (int i = 0; i < rounds; i++)
        site_remapped_a();
    dl_iterate_phdr(remap, NULL);
    dlclose(dlopen("libm.so.6", RTLD_NOW)); /* so that the agent looks again what is mapped */
    for (int i = 0; i < rounds; i++)
        site_remapped_b();
    say_kept("site_remapped_", 'a', rounds);
    say_kept("site_remapped_", 'b', rounds);
    free_when_asked();
    return 0;
}
