/* Objects by address.
 *
 * glibc 2.35 and later have _dl_find_object, made for unwinders: async-signal-safe, lock-free, and
 * current during dlopen and dlclose. On an older glibc the symbol is absent, and an own list stands
 * in. It has two copies, of which one is current while the other is written: a reader takes the
 * list's generation, reads copy `generation % 2`, and starts over if the generation has moved on,
 * so what it returns was never half-written. Writers do not wait for each other: one that finds
 * another at work leaves its request, and the other goes round once more. */
#include "preload/unwind/unwind_object.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

#include "preload/unwind/unwind.h"

extern int _dl_find_object(void *address, struct dl_find_object *result) __attribute__((weak));

enum { LIST_MAX = 1024, READ_TRIES = 8 };

struct listed {
    _Atomic uint64_t lo, hi;
    _Atomic uint64_t hdr;
};

struct list {
    _Atomic uint64_t count;
    struct listed object[LIST_MAX];
};

/* Written by the one refresher at work, read by anyone under `generation`. */
static struct list lists[2];
static _Atomic uint64_t generation;
/* Refreshes asked for and not yet done; whoever raises it from 0 is the refresher. */
static _Atomic uint64_t requests;

static bool list_find(uint64_t pc, struct unwind_object *object) {
    for (int try = 0; try < READ_TRIES; try++) {
        uint64_t now = atomic_load_explicit(&generation, memory_order_acquire);
        struct list *list = &lists[now % 2];
        uint64_t count = atomic_load_explicit(&list->count, memory_order_relaxed), i;

        for (i = 0; i < count; i++) {
            object->lo = atomic_load_explicit(&list->object[i].lo, memory_order_relaxed);
            object->hi = atomic_load_explicit(&list->object[i].hi, memory_order_relaxed);
            object->hdr = (const uint8_t *)(uintptr_t)atomic_load_explicit(&list->object[i].hdr,
                                                                           memory_order_relaxed);
            if (pc - object->lo < object->hi - object->lo)
                break;
        }
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&generation, memory_order_relaxed) == now)
            return i < count;
    }
    return false;
}

static int list_add(struct dl_phdr_info *info, size_t size, void *data) {
    struct list *list = data;
    uint64_t count = atomic_load_explicit(&list->count, memory_order_relaxed);
    uint64_t lo = UINT64_MAX, hi = 0, hdr = 0;

    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uint64_t begin = info->dlpi_addr + ph->p_vaddr;

        if (ph->p_type == PT_GNU_EH_FRAME)
            hdr = begin;
        if (ph->p_type == PT_LOAD) {
            lo = begin < lo ? begin : lo;
            hi = begin + ph->p_memsz > hi ? begin + ph->p_memsz : hi;
        }
    }
    if (lo >= hi)
        return 0;
    if (count == LIST_MAX)
        return 1;
    atomic_store_explicit(&list->object[count].lo, lo & -(uint64_t)4096, memory_order_relaxed);
    atomic_store_explicit(&list->object[count].hi, hi, memory_order_relaxed);
    atomic_store_explicit(&list->object[count].hdr, hdr, memory_order_relaxed);
    atomic_store_explicit(&list->count, count + 1, memory_order_relaxed);
    return 0;
}

static void list_rebuild(void) {
    uint64_t now = atomic_load_explicit(&generation, memory_order_relaxed);
    struct list *spare = &lists[(now + 1) % 2];

    /* whoever still reads the spare copy, from before the last switch, must see that it has moved
     */
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&spare->count, 0, memory_order_relaxed);
    dl_iterate_phdr(list_add, spare);
    atomic_store_explicit(&generation, now + 1, memory_order_release);
}

void unwind_objects_refresh(void) {
    uint64_t seen;

    if (_dl_find_object || atomic_fetch_add(&requests, 1) != 0)
        return;
    do {
        seen = atomic_load(&requests);
        list_rebuild();
    } while (!atomic_compare_exchange_strong(&requests, &seen, 0));
}

bool object_find(uint64_t pc, struct unwind_object *object) {
    struct dl_find_object found;

    if (!_dl_find_object)
        return list_find(pc, object);
    if (_dl_find_object((void *)(uintptr_t)pc, &found) != 0)
        return false;
    object->lo = (uint64_t)(uintptr_t)found.dlfo_map_start;
    object->hi = (uint64_t)(uintptr_t)found.dlfo_map_end;
    object->hdr = found.dlfo_eh_frame;
    return true;
}

enum { PAGE_BYTES = 4096 };

/* The program headers of the object, if its first page is an ELF header with all of them. */
static const ElfW(Phdr) * program_headers(const struct unwind_object *object, unsigned *count) {
    const ElfW(Ehdr) *elf = (const ElfW(Ehdr) *)(uintptr_t)object->lo;

    if (object->hi - object->lo < PAGE_BYTES || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->e_phentsize != sizeof(ElfW(Phdr)) || elf->e_phoff % _Alignof(ElfW(Phdr)) != 0 ||
        elf->e_phoff > PAGE_BYTES ||
        elf->e_phnum > (PAGE_BYTES - elf->e_phoff) / sizeof(ElfW(Phdr)))
        return NULL;
    *count = elf->e_phnum;
    return (const ElfW(Phdr) *)(uintptr_t)(object->lo + elf->e_phoff);
}

/* Of an executable whose segments lie apart, as huge pages want them, glibc tells of the one
 * segment that an address is in. Its .eh_frame_hdr is the same from everywhere. */
static bool segment_apart(const struct unwind_object *object, uint64_t at,
                          struct unwind_range *segment) {
    struct unwind_object apart;

    if (!object->hdr || !object_find(at, &apart) || apart.hdr != object->hdr)
        return false;
    segment->lo = (const uint8_t *)(uintptr_t)apart.lo;
    segment->hi = (const uint8_t *)(uintptr_t)apart.hi;
    return true;
}

static bool segment_within(const struct unwind_object *object, uint64_t at,
                           struct unwind_range *segment) {
    uint64_t lo = object->lo, hi = object->hi, bias = 0;
    unsigned count = 0;
    const ElfW(Phdr) *ph = program_headers(object, &count);
    bool biased = false, inside = !ph;

    for (unsigned i = 0; i < count && !inside; i++) {
        if (ph[i].p_type != PT_LOAD)
            continue;
        /* headers are sorted by address, so the first is what is mapped at object->lo */
        if (!biased)
            bias = object->lo - (ph[i].p_vaddr & -(uint64_t)PAGE_BYTES);
        biased = true;
        lo = bias + ph[i].p_vaddr;
        hi = lo + ph[i].p_filesz;
        inside = (ph[i].p_flags & PF_R) && at >= lo && at < hi;
    }
    if (!inside || lo < object->lo || hi > object->hi)
        return false;
    segment->lo = (const uint8_t *)(uintptr_t)lo;
    segment->hi = (const uint8_t *)(uintptr_t)hi;
    return true;
}

bool object_segment(const struct unwind_object *object, const uint8_t *p,
                    struct unwind_range *segment) {
    uint64_t at = (uint64_t)(uintptr_t)p;

    return at - object->lo < object->hi - object->lo ? segment_within(object, at, segment)
                                                     : segment_apart(object, at, segment);
}
