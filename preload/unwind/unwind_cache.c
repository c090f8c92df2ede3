/* Filling the rule cache, and emptying it: see unwind_cache.h for how it is safe. */
#include "preload/unwind/unwind_cache.h"

#include "preload/unwind/unwind.h"
#include "preload/unwind/unwind_object.h"

struct cache_entry unwind_cache[1 << CACHE_BITS] __attribute__((aligned(64)));

/* Counts calls of unwind_forget. An entry keeps the low 16 bits, moved up by one as 0 is what an
 * empty entry has. */
static _Atomic uint64_t forgets;

enum { EPOCHS = 65535 };

uint64_t cache_epoch(void) {
    return atomic_load_explicit(&forgets, memory_order_acquire) % EPOCHS + 1;
}

void unwind_forget(void) {
    uint64_t now = atomic_fetch_add(&forgets, 1) + 1;

    if (now % EPOCHS != 0)
        return;
    /* the epochs begin again: nothing of the first round may be left */
    for (unsigned i = 0; i < 1 << CACHE_BITS; i++)
        atomic_store_explicit(&unwind_cache[i].key, 0, memory_order_relaxed);
}

/* The FDE that may cover `pc`, and the segment that it is in. */
__attribute__((noinline)) static const uint8_t *find_fde(const struct unwind_object *object,
                                                         uint64_t pc, struct unwind_range *range) {
    const uint8_t *fde;

    if (!object->hdr || !object_segment(object, object->hdr, range))
        return NULL;
    switch (cfi_search(*range, object->hdr, pc, &fde)) {
    case CFI_FDE:
        return object_segment(object, fde, range) ? fde : NULL;
    case CFI_SCAN:
        return object_segment(object, fde, range) ? cfi_scan(*range, fde, object->hdr, pc) : NULL;
    case CFI_NONE:
        break;
    }
    return NULL;
}

/* Inlined: one frame less while CFI is decoded. */
static inline __attribute__((always_inline)) enum cache_found row_find(uint64_t pc,
                                                                       struct unwind_row *row) {
    struct unwind_object object;
    struct unwind_range range;
    const uint8_t *fde;

    if (!object_find(pc, &object))
        return CACHE_NO_OBJECT;
    fde = find_fde(&object, pc, &range);
    return fde && cfi_row(range, fde, object.hdr, pc, row) ? CACHE_ROW : CACHE_NO_ROW;
}

enum cache_found cache_row(uint64_t pc, struct unwind_row *row) {
    return row_find(pc, row);
}

static bool is_current(const struct cache_entry *entry, uint64_t epoch) {
    uint64_t rule = atomic_load_explicit(&entry->rule, memory_order_relaxed);
    uint64_t key = atomic_load_explicit(&entry->key, memory_order_relaxed) ^ cache_mix(rule);

    return key >> 48 == epoch;
}

/* Into a free entry of the pair, or one that the pc itself chooses. */
static void enter(uint64_t pc, uint64_t epoch, uint64_t rule) {
    struct cache_entry *entry = cache_pair(pc);

    if (is_current(entry, epoch) && (!is_current(entry + 1, epoch) || (pc * CACHE_HASH >> 20 & 1)))
        entry++;
    atomic_store_explicit(&entry->rule, rule, memory_order_relaxed);
    atomic_store_explicit(&entry->key, cache_key(pc, epoch) ^ cache_mix(rule),
                          memory_order_relaxed);
}

uint64_t cache_fill(uint64_t pc, uint64_t epoch) {
    struct unwind_row row;
    enum cache_found found = row_find(pc, &row);
    uint64_t rule = found == CACHE_ROW ? rule_pack(&row) : RULE_NONE;

    /* what is in no object now can be in one soon, with no unwind_forget in between */
    if (found != CACHE_NO_OBJECT)
        enter(pc, epoch, rule);
    return rule;
}
