/* The store's indexes on memory of the test's own, which knows what was touched. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "arena/view.h"
#include "preload/store.h"

enum { DEPTH = 3, THREADS = 4 };

static struct store s;
static uint64_t heap_left; /* bytes */
static int refuse_reserve; /* as where the file system is full */

bool store_reserve(struct store *st, uint64_t offset, uint64_t bytes) {
    uint8_t *map = st->base + st->header->reserved.offset;
    for (uint64_t u = offset / ARENA_UNIT; u <= (offset + bytes - 1) / ARENA_UNIT; u++)
        __atomic_fetch_or(&map[u / 8], (uint8_t)(1u << u % 8), __ATOMIC_RELAXED);
    return !refuse_reserve;
}

uint64_t store_alloc(struct store *st, size_t bytes) {
    uint64_t n = (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (n > heap_left)
        return 0;
    uint64_t at = __atomic_fetch_add(&st->header->heap_next, n, __ATOMIC_RELAXED);
    return store_reserve(st, at, n) ? at : 0;
}

/* An arena whose indexes have `units` each. */
static void make(uint64_t units) {
    const uint64_t heap_units = 16384, size = (8 + 2 * units + heap_units) * ARENA_UNIT;
    s = (struct store){.size = size};
    s.base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                  -1, 0);
    assert_true(s.base != MAP_FAILED);
    s.header = (struct arena_header *)s.base;
    *s.header = (struct arena_header){
        .size = size,
        .stack_depth = 128,
        .reserved = {1 * ARENA_UNIT, 6 * ARENA_UNIT},
        .label_index = {7 * ARENA_UNIT, 1 * ARENA_UNIT},
        .stack_index = {8 * ARENA_UNIT, units * ARENA_UNIT},
        .bucket_index = {(8 + units) * ARENA_UNIT, units * ARENA_UNIT},
        .heap = {(8 + 2 * units) * ARENA_UNIT, heap_units * ARENA_UNIT},
    };
    s.header->heap_next = s.header->heap.offset;
    heap_left = UINT64_MAX;
    refuse_reserve = 0;
}

static void unmake(void) {
    munmap(s.base, s.size);
}

static uint64_t touched(const struct arena_region *r) {
    const uint8_t *map = s.base + s.header->reserved.offset;
    uint64_t n = 0;
    for (uint64_t u = r->offset / ARENA_UNIT; u < (r->offset + r->bytes) / ARENA_UNIT; u++)
        n += map[u / 8] >> u % 8 & 1;
    return n;
}

/* How many entries a reader finds. */
static uint64_t entries(const struct arena_region *r) {
    struct arena_view v = {s.base, s.size};
    uint64_t slot = 0, n = 0;
    while (arena_index_next(&v, r, &slot))
        n++;
    return n;
}

static arena_ref add(uint64_t i) {
    const uint64_t pcs[DEPTH] = {0x400000 + 16 * i, 0x500000 + i % 7, 0x600000};
    return store_stack(&s, pcs, DEPTH, 0);
}

static void each_is_found_again(void **state) {
    const uint64_t n = 60000;
    arena_ref *refs = calloc(n, sizeof *refs);
    make(512);
    for (uint64_t i = 0; i < n; i++) {
        refs[i] = add(i);
        assert_int_not_equal(refs[i], 0);
        const struct arena_stack *st = store_at(&s, refs[i]);
        assert_int_equal(st->pc[0], 0x400000 + 16 * i);
    }
    for (uint64_t i = 0; i < n; i++)
        assert_int_equal(add(i), refs[i]);
    assert_int_equal(entries(&s.header->stack_index), n);
    free(refs);
    unmake();
}

static void buckets_differ_by_each_part_of_their_key(void **state) {
    make(512);
    arena_ref a = add(1), b = add(2), name = store_string(&s, "worker", 6);
    struct arena_bucket *all[] = {
        store_bucket(&s, ARENA_EVENT_HEAP, a, 0, 0),    store_bucket(&s, ARENA_EVENT_HEAP, b, 0, 0),
        store_bucket(&s, ARENA_EVENT_HEAP, a, name, 0), store_bucket(&s, ARENA_EVENT_CPU, a, 0, 0),
        store_bucket(&s, ARENA_EVENT_HEAP, a, 0, 16),
    };
    const size_t n = sizeof all / sizeof all[0];
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            assert_ptr_not_equal(all[i], all[j]);
    assert_ptr_equal(store_bucket(&s, ARENA_EVENT_HEAP, a, 0, 16), all[4]);
    assert_int_equal(entries(&s.header->bucket_index), n);
    unmake();
}

static void few_stacks_touch_few_pages(void **state) {
    const struct { uint64_t stacks, units; } most[] = {{150, 1}, {600, 4}, {3000, 16}, {8000, 64}};
    make(512);
    uint64_t i = 0;
    for (size_t m = 0; m < sizeof most / sizeof most[0]; m++) {
        for (; i < most[m].stacks; i++)
            add(i);
        assert_in_range(touched(&s.header->stack_index), 1, most[m].units);
    }
    unmake();
}

/* Of any size, four fifths can be used; what is in it stays as it was when nothing goes in. */
static void what_is_in_a_full_index_stays(void **state) {
    for (uint64_t units = 1; units <= 20; units++) {
        const uint64_t room = units * ARENA_UNIT / sizeof(arena_entry), n = 2 * room;
        arena_ref *refs = calloc(n, sizeof *refs);
        uint64_t in = 0;
        make(units);
        for (uint64_t i = 0; i < n; i++) {
            in += (refs[i] = add(i)) != 0;
            if (i < room * 8 / 10)
                assert_int_not_equal(refs[i], 0);
        }
        assert_int_equal(entries(&s.header->stack_index), in);
        for (uint64_t i = 0; i < n; i++)
            if (refs[i])
                assert_int_equal(add(i), refs[i]);
        assert_int_equal(entries(&s.header->stack_index), in);
        free(refs);
        unmake();
    }
}

static void without_memory_nothing_is_added(void **state) {
    make(512);
    arena_ref known = add(1);
    heap_left = 0;
    assert_int_equal(add(2), 0);
    assert_int_equal(add(1), known);
    heap_left = UINT64_MAX;
    refuse_reserve = 1;
    assert_int_equal(add(2), 0);
    refuse_reserve = 0;
    assert_int_not_equal(add(2), 0);
    assert_int_equal(entries(&s.header->stack_index), 2);
    unmake();
}

enum { RACED = 20000 };
static arena_ref seen[THREADS][RACED];
static pthread_barrier_t start;

static void *add_all(void *refs) {
    pthread_barrier_wait(&start);
    for (uint64_t i = 0; i < RACED; i++)
        ((arena_ref *)refs)[i] = add(i);
    return NULL;
}

static void threads_agree_on_each(void **state) {
    pthread_t threads[THREADS];
    make(512);
    pthread_barrier_init(&start, NULL, THREADS);
    for (int t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, add_all, seen[t]), 0);
    for (int t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    for (int t = 1; t < THREADS; t++)
        assert_memory_equal(seen[t], seen[0], sizeof seen[0]);
    assert_int_equal(entries(&s.header->stack_index), RACED);
    unmake();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_found_again),
        cmocka_unit_test(buckets_differ_by_each_part_of_their_key),
        cmocka_unit_test(few_stacks_touch_few_pages),
        cmocka_unit_test(what_is_in_a_full_index_stays),
        cmocka_unit_test(without_memory_nothing_is_added),
        cmocka_unit_test(threads_agree_on_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
