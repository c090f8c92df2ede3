/* Hooks: operator new and delete.
 *
 * libstdc++'s call malloc and free, which are hooked. They matter only where the allocator brings
 * its own (tcmalloc, jemalloc, mimalloc); so that they are not in the way of anything else (a C++
 * plugin of a C program finds its operator new by a look-up that would find ours first, and behind
 * ours nothing), in all other programs they are taken out of our symbol table at start, and where
 * something was bound to them before, they pass through. */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stddef.h>
#include <string.h>

#include "preload/agent.h"
#include "preload/glibc.h"
#include "preload/heap.h"
#include "preload/hooks/hook_malloc.h"
#include "preload/sys.h"

/* C names, mangled names, parameters after the first, and how to pass them. */
#define NEW_OPERATORS(X)                                                                           \
    X(new_plain, "_Znwm", (size_t n), (n))                                                         \
    X(new_array, "_Znam", (size_t n), (n))                                                         \
    X(new_nothrow, "_ZnwmRKSt9nothrow_t", (size_t n, const void *t), (n, t))                       \
    X(new_array_nothrow, "_ZnamRKSt9nothrow_t", (size_t n, const void *t), (n, t))                 \
    X(new_align, "_ZnwmSt11align_val_t", (size_t n, size_t a), (n, a))                             \
    X(new_array_align, "_ZnamSt11align_val_t", (size_t n, size_t a), (n, a))                       \
    X(new_align_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t",                                     \
      (size_t n, size_t a, const void *t), (n, a, t))                                              \
    X(new_array_align_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t",                               \
      (size_t n, size_t a, const void *t), (n, a, t))

#define DELETE_OPERATORS(X)                                                                        \
    X(delete_plain, "_ZdlPv", (void *p), (p))                                                      \
    X(delete_array, "_ZdaPv", (void *p), (p))                                                      \
    X(delete_size, "_ZdlPvm", (void *p, size_t n), (p, n))                                         \
    X(delete_array_size, "_ZdaPvm", (void *p, size_t n), (p, n))                                   \
    X(delete_nothrow, "_ZdlPvRKSt9nothrow_t", (void *p, const void *t), (p, t))                    \
    X(delete_array_nothrow, "_ZdaPvRKSt9nothrow_t", (void *p, const void *t), (p, t))              \
    X(delete_align, "_ZdlPvSt11align_val_t", (void *p, size_t a), (p, a))                          \
    X(delete_array_align, "_ZdaPvSt11align_val_t", (void *p, size_t a), (p, a))                    \
    X(delete_size_align, "_ZdlPvmSt11align_val_t", (void *p, size_t n, size_t a), (p, n, a))       \
    X(delete_array_size_align, "_ZdaPvmSt11align_val_t", (void *p, size_t n, size_t a), (p, n, a)) \
    X(delete_align_nothrow, "_ZdlPvSt11align_val_tRKSt9nothrow_t",                                 \
      (void *p, size_t a, const void *t), (p, a, t))                                               \
    X(delete_array_align_nothrow, "_ZdaPvSt11align_val_tRKSt9nothrow_t",                           \
      (void *p, size_t a, const void *t), (p, a, t))

enum operator_id {
#define X(id, name, params, args) OP_##id,
    NEW_OPERATORS(X) DELETE_OPERATORS(X)
#undef X
        OP_COUNT
};

static const char *const names[OP_COUNT] = {
#define X(id, name, params, args) name,
    NEW_OPERATORS(X) DELETE_OPERATORS(X)
#undef X
};

static void *real[OP_COUNT]; /* atomic */
static bool counts;          /* written by hook_new_init: the allocator has its own */

static void *resolve(enum operator_id op) {
    void *f = dlsym(RTLD_NEXT, names[op]);
    __atomic_store_n(&real[op], f, __ATOMIC_RELEASE);
    return f;
}

static inline void *real_operator(enum operator_id op) {
    void *f = __atomic_load_n(&real[op], __ATOMIC_ACQUIRE);
    return likely(f != NULL) ? f : resolve(op);
}

#define X(id, name, params, args)                                                                  \
    HOOK void *id params __asm__(name);                                                            \
    static COLD void *slow_##id params {                                                           \
        bool due = heap_due(n);                                                                    \
        void *p = ((__typeof__(&id))real_operator(OP_##id))args;                                   \
        if (due)                                                                                   \
            heap_sample(p, n);                                                                     \
        return p;                                                                                  \
    }                                                                                              \
    HOOK void *id params {                                                                         \
        if (unlikely(counts && !heap_skip(n)))                                                     \
            return slow_##id args;                                                                 \
        return ((__typeof__(&id))real_operator(OP_##id))args;                                      \
    }
NEW_OPERATORS(X)
#undef X

#define X(id, name, params, args)                                                                  \
    HOOK void id params __asm__(name);                                                             \
    HOOK void id params {                                                                          \
        if (unlikely(counts && live_maybe(p)))                                                     \
            heap_freed(p);                                                                         \
        ((__typeof__(&id))real_operator(OP_##id)) args;                                            \
    }
DELETE_OPERATORS(X)
#undef X

/* ---- start */

static bool is_operator(const char *name) {
    for (int op = 0; op < OP_COUNT; op++)
        if (strcmp(names[op], name) == 0)
            return true;
    return false;
}

/* Makes our operators undefined symbols, which no look-up finds. The table is read-only and small:
 * one or two pages become private. */
static void hide(void) {
    extern INTERNAL const char __ehdr_start[];
    ElfW(Sym) *symbols = NULL;
    const char *strings = NULL;
    for (const ElfW(Dyn) *d = _DYNAMIC; d->d_tag != DT_NULL; d++) { /* ld.so has added our base */
        if (d->d_tag == DT_SYMTAB)
            symbols = (ElfW(Sym) *)d->d_un.d_ptr;
        else if (d->d_tag == DT_STRTAB)
            strings = (const char *)d->d_un.d_ptr;
    }
    /* The string table follows the symbol table, as every linker lays them out. */
    if (!symbols || (const char *)symbols < __ehdr_start || strings <= (const char *)symbols)
        return;
    uintptr_t from = (uintptr_t)symbols & ~UINT64_C(4095);
    uintptr_t to = ((uintptr_t)strings + 4095) & ~UINT64_C(4095);
    if (sys_call3(SYS_mprotect, (long)from, (long)(to - from), PROT_READ | PROT_WRITE) != 0)
        return;
    for (ElfW(Sym) *s = symbols; (const char *)(s + 1) <= strings; s++) {
        if (s->st_shndx != SHN_UNDEF && is_operator(strings + s->st_name)) {
            s->st_shndx = SHN_UNDEF;
            s->st_value = 0;
        }
    }
    sys_call3(SYS_mprotect, (long)from, (long)(to - from), PROT_READ);
}

static void *object_of(void *f) {
    struct dl_find_object found;
    Dl_info info;
    if (_dl_find_object)
        return f && _dl_find_object(f, &found) == 0 ? found.dlfo_map_start : NULL;
    return f && dladdr(f, &info) ? info.dli_fbase : NULL;
}

void hook_new_init(void) {
    int saved = errno;
    void *allocator = object_of(hook_malloc_real());
    /* Allocators export even __libc_malloc; this no other object has. */
    if (allocator != object_of((void *)gnu_get_libc_version)) {
        counts = allocator && allocator == object_of(resolve(OP_new_plain));
        dlerror(); /* what is missing is no error that the program should see */
    }
    if (!counts)
        hide();
    errno = saved;
}
