/* Hooks: the allocator, C side.
 *
 * Each hook looks at the thread's countdown and jumps to the real function; only when the countdown
 * ends within this allocation does it call the real one itself and record what it returned. Frees
 * look at one byte.
 *
 * The real functions stand in a table that starts with functions which fill it: ld.so and other
 * libraries' constructors allocate before ours has run. While dlsym itself runs, libc's own
 * allocator serves it; malloc and free are resolved first, and they always exist, so that nothing
 * that dlsym allocates for an error message can end in the wrong allocator. */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "preload/agent.h"
#include "preload/glibc.h"
#include "preload/heap.h"
#include "preload/hooks/hook_malloc.h"

static void *boot_malloc(size_t bytes);
static void *boot_calloc(size_t n, size_t bytes);
static void *boot_realloc(void *p, size_t bytes);
static void boot_free(void *p);
static int boot_posix_memalign(void **out, size_t align, size_t bytes);
static void *boot_aligned_alloc(size_t align, size_t bytes);
static void *boot_memalign(size_t align, size_t bytes);
static void *boot_valloc(size_t bytes);
static void *boot_pvalloc(size_t bytes);

/* C23; glibc has them from 2.43 on. */
typedef void free_sized_fn(void *, size_t);
typedef void free_aligned_sized_fn(void *, size_t, size_t);
static void boot_free_sized(void *p, size_t bytes);
static void boot_free_aligned_sized(void *p, size_t align, size_t bytes);

static struct {
    __typeof__(&malloc) malloc;
    __typeof__(&calloc) calloc;
    __typeof__(&realloc) realloc;
    __typeof__(&free) free;
    __typeof__(&posix_memalign) posix_memalign;
    __typeof__(&aligned_alloc) aligned_alloc;
    __typeof__(&memalign) memalign;
    __typeof__(&valloc) valloc;
    __typeof__(&pvalloc) pvalloc;
    free_sized_fn *free_sized;
    free_aligned_sized_fn *free_aligned_sized;
} real HOT_DATA __attribute__((aligned(64))) = {
    .malloc = boot_malloc,
    .calloc = boot_calloc,
    .realloc = boot_realloc,
    .free = boot_free,
    .posix_memalign = boot_posix_memalign,
    .aligned_alloc = boot_aligned_alloc,
    .memalign = boot_memalign,
    .valloc = boot_valloc,
    .pvalloc = boot_pvalloc,
    .free_sized = boot_free_sized,
    .free_aligned_sized = boot_free_aligned_sized,
};

/* ---- start */

static void free_without_size(void *p, size_t bytes) {
    real.free(p);
}

static void free_without_align(void *p, size_t align, size_t bytes) {
    real.free(p);
}

#define RESOLVE(name)                                                                              \
    do {                                                                                           \
        void *f = dlsym(RTLD_NEXT, #name);                                                         \
        if (f)                                                                                     \
            real.name = (__typeof__(real.name))f;                                                  \
    } while (0)

COLD void hook_malloc_init(void) {
    int saved = errno;
    thread_state.resolving = 1;
    RESOLVE(malloc);
    RESOLVE(free);
    RESOLVE(calloc);
    RESOLVE(realloc);
    thread_state.resolving = 0;
    RESOLVE(posix_memalign);
    RESOLVE(aligned_alloc);
    RESOLVE(memalign);
    RESOLVE(valloc);
    RESOLVE(pvalloc);
    errno = saved;
}

void *hook_malloc_real(void) {
    return (void *)real.malloc;
}

static COLD void *boot_malloc(size_t bytes) {
    if (thread_state.resolving)
        return __libc_malloc(bytes);
    hook_malloc_init();
    return real.malloc(bytes);
}

static COLD void *boot_calloc(size_t n, size_t bytes) {
    if (thread_state.resolving)
        return __libc_calloc(n, bytes);
    hook_malloc_init();
    return real.calloc(n, bytes);
}

static COLD void *boot_realloc(void *p, size_t bytes) {
    if (thread_state.resolving)
        return __libc_realloc(p, bytes);
    hook_malloc_init();
    return real.realloc(p, bytes);
}

static COLD void boot_free(void *p) {
    if (thread_state.resolving) {
        __libc_free(p);
        return;
    }
    hook_malloc_init();
    real.free(p);
}

static COLD int boot_posix_memalign(void **out, size_t align, size_t bytes) {
    hook_malloc_init();
    return real.posix_memalign(out, align, bytes);
}

static COLD void *boot_aligned_alloc(size_t align, size_t bytes) {
    hook_malloc_init();
    return real.aligned_alloc(align, bytes);
}

static COLD void *boot_memalign(size_t align, size_t bytes) {
    if (thread_state.resolving)
        return __libc_memalign(align, bytes);
    hook_malloc_init();
    return real.memalign(align, bytes);
}

static COLD void *boot_valloc(size_t bytes) {
    hook_malloc_init();
    return real.valloc(bytes);
}

static COLD void *boot_pvalloc(size_t bytes) {
    hook_malloc_init();
    return real.pvalloc(bytes);
}

/* Few allocators have these, and a failed look-up costs an error message: so not at start. */
static COLD void resolve_sized_frees(void) {
    int saved = errno;
    real.free_sized = free_without_size;
    real.free_aligned_sized = free_without_align;
    RESOLVE(free_sized);
    RESOLVE(free_aligned_sized);
    dlerror(); /* what is missing is no error that the program should see */
    errno = saved;
}

static COLD void boot_free_sized(void *p, size_t bytes) {
    resolve_sized_frees();
    real.free_sized(p, bytes);
}

static COLD void boot_free_aligned_sized(void *p, size_t align, size_t bytes) {
    resolve_sized_frees();
    real.free_aligned_sized(p, align, bytes);
}

/* ---- the loader's blocks, in a program with a leak sanitizer */

/* It tells the loader's own blocks, which nothing that it searches leads to, by who called the
 * allocator: so there they are not sampled, but the real function is jumped to. */
extern void __lsan_enable(void) WEAK;

static struct {
    uintptr_t lo, hi;
} loader; /* written by hook_malloc_find_loader; 0, 0: no matter who calls */

void hook_malloc_find_loader(void) {
    struct dl_find_object found;
    if (!__lsan_enable || !_dl_find_object ||
        _dl_find_object((void *)getauxval(AT_BASE), &found) != 0)
        return;
    loader.lo = (uintptr_t)found.dlfo_map_start;
    loader.hi = (uintptr_t)found.dlfo_map_end;
}

static inline bool is_loader(const void *caller) {
    return (uintptr_t)caller - loader.lo < loader.hi - loader.lo;
}

/* ---- the slow path: the countdown ends here */

/* Records the block that `call` returns, if it is to be sampled. errno is the real function's. */
#define SAMPLED(bytes_, call)                                                                      \
    do {                                                                                           \
        if (unlikely(is_loader(__builtin_return_address(0))))                                      \
            return (call);                                                                         \
        bool due = heap_due(bytes_);                                                               \
        void *p_ = (call);                                                                         \
        if (due)                                                                                   \
            heap_sample(p_, bytes_);                                                               \
        return p_;                                                                                 \
    } while (0)

HOT static void *malloc_slow(size_t bytes) {
    SAMPLED(bytes, real.malloc(bytes));
}

HOT static void *calloc_slow(size_t n, size_t bytes, size_t total) {
    SAMPLED(total, real.calloc(n, bytes));
}

static COLD void *aligned_alloc_slow(size_t align, size_t bytes) {
    SAMPLED(bytes, real.aligned_alloc(align, bytes));
}

static COLD void *memalign_slow(size_t align, size_t bytes) {
    SAMPLED(bytes, real.memalign(align, bytes));
}

static COLD void *valloc_slow(size_t bytes) {
    SAMPLED(bytes, real.valloc(bytes));
}

static COLD void *pvalloc_slow(size_t bytes) {
    SAMPLED(bytes, real.pvalloc(bytes));
}

static COLD int posix_memalign_slow(void **out, size_t align, size_t bytes) {
    bool due = heap_due(bytes);
    int r = real.posix_memalign(out, align, bytes);
    if (r == 0 && due)
        heap_sample(*out, bytes);
    return r;
}

/* The block leaves the live table before the real call, which may give its address to another
 * thread, and comes back if the call fails. */
HOT static void *realloc_slow(void *p, size_t bytes, bool skip) {
    bool due = !skip && heap_due(bytes);
    struct heap_taken taken;
    heap_take(p, &taken);
    void *q = real.realloc(p, bytes);
    if (!q && bytes)
        heap_put_back(p, &taken);
    else
        heap_drop(&taken);
    if (due)
        heap_sample(q, bytes);
    return q;
}

/* ---- hooks */

HOT HOOK void *malloc(size_t bytes) {
    if (likely(heap_skip(bytes)))
        return real.malloc(bytes);
    return malloc_slow(bytes);
}

HOT HOOK void free(void *p) {
    if (unlikely(live_maybe(p)))
        heap_freed(p);
    real.free(p);
}

HOOK void *calloc(size_t n, size_t bytes) {
    size_t total;
    if (unlikely(__builtin_mul_overflow(n, bytes, &total)) || likely(heap_skip(total)))
        return real.calloc(n, bytes);
    return calloc_slow(n, bytes, total);
}

HOOK void *realloc(void *p, size_t bytes) {
    bool skip = heap_skip(bytes);
    if (likely(skip && !live_maybe(p)))
        return real.realloc(p, bytes);
    return realloc_slow(p, bytes, skip);
}

/* glibc's own calls realloc through the PLT and would be seen twice; this is all it does. */
HOOK void *reallocarray(void *p, size_t n, size_t bytes) {
    size_t total;
    if (__builtin_mul_overflow(n, bytes, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, total);
}

HOT HOOK int posix_memalign(void **out, size_t align, size_t bytes) {
    if (likely(heap_skip(bytes)))
        return real.posix_memalign(out, align, bytes);
    return posix_memalign_slow(out, align, bytes);
}

HOOK void *aligned_alloc(size_t align, size_t bytes) {
    if (likely(heap_skip(bytes)))
        return real.aligned_alloc(align, bytes);
    return aligned_alloc_slow(align, bytes);
}

HOOK void *memalign(size_t align, size_t bytes) {
    if (likely(heap_skip(bytes)))
        return real.memalign(align, bytes);
    return memalign_slow(align, bytes);
}

HOOK void *valloc(size_t bytes) {
    if (likely(heap_skip(bytes)))
        return real.valloc(bytes);
    return valloc_slow(bytes);
}

HOOK void *pvalloc(size_t bytes) {
    if (likely(heap_skip(bytes)))
        return real.pvalloc(bytes);
    return pvalloc_slow(bytes);
}

void free_sized(void *p, size_t bytes);
void free_aligned_sized(void *p, size_t align, size_t bytes);

HOOK void free_sized(void *p, size_t bytes) {
    if (unlikely(live_maybe(p)))
        heap_freed(p);
    real.free_sized(p, bytes);
}

HOOK void free_aligned_sized(void *p, size_t align, size_t bytes) {
    if (unlikely(live_maybe(p)))
        heap_freed(p);
    real.free_aligned_sized(p, align, bytes);
}
