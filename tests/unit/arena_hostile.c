/* Arenas that are truncated, of another version, or damaged anywhere: refused, or read as far as
 * they make sense; never a step out of the view, never without end. Built with sanitizers this is a
 * much stronger test. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena/object_map.h"
#include "arena/snapshot.h"
#include "proto/profile.h"
#include "tests/unit/arena_builder.h"

/* Writes all kinds of a view, if it can be read at all. What is written is valid whatever the arena
 * says. Returns the number of samples. */
static size_t read_all(const struct arena_view *v) {
    const struct snapshot_time now = {1, 2};
    size_t samples = 0;
    if (arena_view_check(v))
        return 0;
    for (int k = 0; k < KIND_COUNT; k++) {
        struct bytes out = {0};
        struct profile *p = NULL;
        char why[256] = "";
        snapshot_has_samples(v, kinds[k].event);
        assert_int_equal(
            snapshot_write(v, (enum profile_kind)k, &now, &mem_malloc, take_bytes, &out), 0);
        if (profile_decode(out.s, out.n, NULL, &p, why, sizeof why))
            fail_msg("decode: %s", why);
        samples += p->n_samples;
        profile_free(p);
        free(out.s);
    }
    return samples;
}

static size_t read_builder(const struct builder *b) {
    struct arena_view v = builder_view(b);
    return read_all(&v);
}

static const uint64_t pcs[] = {0x7f0010, 0x400020, 0x400030, ARENA_PC_LOST};

/* A small arena with some of everything, and heap that ends where the arena ends. */
static struct builder sound(void) {
    struct builder b = builder_new(512, 3);
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    builder_object(&b, "/lib/libz.so", 0x7f0000, 0x7f8000, 0);
    arena_ref name = builder_string(&b, "worker");
    for (uint32_t i = 0; i < 10; i++) {
        builder_cpu(&b, builder_stack(&b, 0, pcs, 1 + i % 4), name, 1);
        builder_bucket(&b, ARENA_EVENT_HEAP, builder_stack(&b, 0, pcs, 4), name)->v[1] = 10;
    }
    return b;
}

static uint64_t random_next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void a_truncated_arena_is_refused_at_every_length(void **state) {
    struct builder b = sound();
    for (uint64_t n = 0; n < b.h->size; n += n < 600 ? 1 : 509) {
        uint8_t *copy = aligned_alloc(ARENA_ALIGN, (n + ARENA_ALIGN) / ARENA_ALIGN * ARENA_ALIGN);
        memcpy(copy, b.base, n);
        struct arena_view v = {copy, n};
        assert_non_null(arena_view_check(&v));
        free(copy);
    }
    builder_free(&b);
}

static void another_version_is_named_as_such(void **state) {
    struct builder b = sound();
    struct arena_view v = builder_view(&b);
    b.h->version++;
    assert_string_equal(arena_view_check(&v), "an arena of another version of cpprof");
    b.h->version--;
    b.h->header_bytes += 8;
    assert_string_equal(arena_view_check(&v), "an arena of another version of cpprof");
    builder_free(&b);
}

static void an_unfinished_header_is_known(void **state) {
    struct builder b = sound();
    struct arena_view v = builder_view(&b);
    assert_false(arena_view_unfinished(&v));
    b.h->magic = 0;
    assert_true(arena_view_unfinished(&v));
    assert_non_null(arena_view_check(&v));
    builder_free(&b);
}

static void regions_that_make_no_sense_are_refused(void **state) {
    static const uint64_t bad[] = {
        1, 0, ARENA_UNIT / 2, UINT64_MAX, UINT64_MAX - ARENA_UNIT + 1, UINT64_C(1) << 63};
    for (int region = 0; region < 6; region++)
        for (int field = 0; field < 2; field++)
            for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
                struct builder b = sound();
                struct arena_region *r = &(&b.h->reserved)[region];
                struct arena_view v = builder_view(&b);
                *(field ? &r->bytes : &r->offset) = bad[i];
                /* A region without bytes is sound, if it is not the bitmap. */
                if (!(field && bad[i] == 0 && region > 0))
                    assert_non_null(arena_view_check(&v));
                read_all(&v);
                builder_free(&b);
            }
}

static void random_bytes_are_refused(void **state) {
    uint64_t seed = 12345;
    const size_t n = 8 * ARENA_UNIT;
    uint64_t *bytes = aligned_alloc(ARENA_ALIGN, n);
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < n / sizeof *bytes; i++)
            bytes[i] = random_next(&seed);
        struct arena_view v = {(const uint8_t *)bytes, n};
        assert_non_null(arena_view_check(&v));
    }
    free(bytes);
}

/* Every reference field in turn is given values in and out of all bounds. */
static void every_reference_may_be_out_of_range(void **state) {
    struct builder b = sound();
    arena_entry *index = (arena_entry *)(b.base + b.h->bucket_index.offset), *slot = index;
    while (!*slot)
        slot++;
    struct arena_bucket *k = builder_at(&b, arena_entry_ref(*slot));
    struct arena_object *o = builder_at(&b, b.h->objects);
    arena_ref last = (arena_ref)(b.h->size / ARENA_ALIGN);
    arena_ref *fields[] = {(arena_ref *)slot, &k->stack, &k->label,
                           &b.h->objects,     &o->path,  &o->next};
    const arena_ref bad[] = {1,        last,           last - 1,
                             last - 2, last + 1,       UINT32_MAX,
                             last * 2, UINT32_MAX / 2, b.h->heap.offset / ARENA_ALIGN - 1};
    const size_t n = read_builder(&b);
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            arena_ref was = *fields[f];
            *fields[f] = bad[i];
            size_t left = read_builder(&b);
            assert_true(left >= n - 2); /* the others are all there */
            *fields[f] = was;
        }
    assert_int_equal(read_builder(&b), n);
    builder_free(&b);
}

static void lengths_may_be_anything(void **state) {
    static const uint32_t bad[] = {0, 130, 65536, UINT32_MAX / 8, UINT32_MAX - 3, UINT32_MAX};
    struct builder b = sound();
    arena_ref name = builder_string(&b, "n"), st = builder_stack(&b, 0, pcs, 4);
    builder_cpu(&b, st, name, 1);
    struct arena_string *s = builder_at(&b, name);
    struct arena_stack *stack = builder_at(&b, st);
    const size_t n = read_builder(&b);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        s->len = bad[i];
        assert_int_equal(read_builder(&b), n);
        s->len = 1;
        stack->depth = bad[i];
        assert_int_equal(read_builder(&b), n - 1);
        stack->depth = 4;
    }
    ((struct arena_object *)builder_at(&b, b.h->objects))->build_id_len = 255;
    read_builder(&b);
    builder_free(&b);
}

static void a_hole_is_never_touched(void **state) {
    struct builder b = sound();
    const size_t n = read_builder(&b);
    uint64_t unit = b.h->heap.offset / ARENA_UNIT;
    uint8_t *map = b.base + b.h->reserved.offset;
    assert_int_equal(n, 30);
    map[unit / 8] &= (uint8_t) ~(1u << unit % 8);
    assert_int_equal(read_builder(&b), 0);
    map[unit / 8] |= (uint8_t)(1u << unit % 8);
    unit = b.h->bucket_index.offset / ARENA_UNIT;
    map[unit / 8] &= (uint8_t) ~(1u << unit % 8);
    assert_int_equal(read_builder(&b), 0);
    builder_free(&b);
}

static void a_list_of_objects_that_goes_round_ends(void **state) {
    struct builder b = sound();
    struct arena_object *newest = builder_at(&b, b.h->objects);
    struct arena_object *oldest = builder_at(&b, newest->next);
    struct arena_view v = builder_view(&b);
    struct object_map m;
    oldest->next = b.h->objects;
    assert_int_equal(object_map_init(&m, &v, &mem_malloc), 0);
    assert_true(m.cut);
    assert_int_equal(m.n, OBJECTS_MAX);
    object_map_release(&m, &mem_malloc);
    assert_int_equal(read_builder(&b), 30);
    oldest->next = newest->next;
    assert_int_equal(read_builder(&b), 30);
    builder_free(&b);
}

static void a_full_index_ends(void **state) {
    struct builder b = sound();
    arena_entry *index = (arena_entry *)(b.base + b.h->bucket_index.offset), *slot = index;
    uint64_t slots = b.h->bucket_index.bytes / sizeof *index;
    while (!*slot)
        slot++;
    for (uint64_t i = 0; i < slots; i++)
        index[i] = *slot;
    assert_true(read_builder(&b) >= slots);
    builder_free(&b);
}

static void objects_may_have_any_bounds(void **state) {
    struct builder b = sound();
    builder_object(&b, "/empty", 0x400020, 0x400020, 0);
    builder_object(&b, "/backwards", 0x400030, 0x400000, 0);
    builder_object(&b, "/all", 0, UINT64_MAX, 0)->epoch_last = 0;
    builder_object(&b, "/never", 0x400000, 0x400100, 7)->epoch_last = 3;
    assert_int_equal(read_builder(&b), 30);
    builder_free(&b);
}

static void random_damage_does_no_harm(void **state) {
    uint64_t seed = 99;
    for (int round = 0; round < 2000; round++) {
        struct builder b = sound();
        uint64_t from = round % 2 ? b.h->bucket_index.offset : 0, n = b.h->size - from;
        for (int i = 0; i < 1 + round % 16; i++) {
            uint64_t at = from + random_next(&seed) % n;
            /* Mostly where something is. */
            if (round % 2 && i % 2)
                at = b.h->heap.offset + random_next(&seed) % (b.h->heap_next - b.h->heap.offset);
            if (at >= 16) /* let the magic and the version be */
                b.base[at] = (uint8_t)random_next(&seed);
        }
        /* The view's size is what was read, never what the header says. */
        struct arena_view v = {b.base, n + from};
        read_all(&v);
        builder_free(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_truncated_arena_is_refused_at_every_length),
        cmocka_unit_test(another_version_is_named_as_such),
        cmocka_unit_test(an_unfinished_header_is_known),
        cmocka_unit_test(regions_that_make_no_sense_are_refused),
        cmocka_unit_test(random_bytes_are_refused),
        cmocka_unit_test(every_reference_may_be_out_of_range),
        cmocka_unit_test(lengths_may_be_anything),
        cmocka_unit_test(a_hole_is_never_touched),
        cmocka_unit_test(a_list_of_objects_that_goes_round_ends),
        cmocka_unit_test(a_full_index_ends),
        cmocka_unit_test(objects_may_have_any_bounds),
        cmocka_unit_test(random_damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
