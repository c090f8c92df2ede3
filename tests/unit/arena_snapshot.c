/* What snapshot_write makes of a sound arena, read back by the decoder. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "arena/snapshot.h"
#include "proto/profile.h"
#include "tests/unit/arena_builder.h"

/* ---- memory and output that are watched */

struct watch {
    size_t now, most;   /* bytes taken */
    int calls, fail_at; /* 0: never */
};

static void *watched_resize(void *ctx, void *old, size_t old_bytes, size_t new_bytes) {
    struct watch *w = ctx;
    if (new_bytes > old_bytes && ++w->calls == w->fail_at)
        return NULL;
    if (!new_bytes) {
        free(old);
        w->now -= old_bytes;
        return NULL;
    }
    /* The old and the new array are there at the same time, in the worst case. */
    if (w->now + new_bytes > w->most)
        w->most = w->now + new_bytes;
    w->now += new_bytes - old_bytes;
    char *p = realloc(old, new_bytes);
    /* New bytes are promised to nobody. */
    if (new_bytes > old_bytes)
        memset(p + old_bytes, 0xa5, new_bytes - old_bytes);
    return p;
}

static const struct snapshot_time now = {.realtime_ns = 9000, .monotonic_ns = 3500};

static int write_kind(const struct builder *b, enum profile_kind kind, struct watch *w,
                      struct bytes *out) {
    struct arena_view v = builder_view(b);
    const struct mem mem = {watched_resize, w};
    assert_null(arena_view_check(&v));
    return snapshot_write(&v, kind, &now, &mem, take_bytes, out);
}

/* Writes, decodes (which checks), and sees that ids are 1..N in order and no memory is kept. */
static struct profile *snapshot(const struct builder *b, enum profile_kind kind) {
    struct watch w = {0};
    struct bytes out = {0};
    struct profile *p = NULL;
    char why[256] = "";
    assert_int_equal(write_kind(b, kind, &w, &out), 0);
    assert_int_equal(w.now, 0);
    int err = profile_decode(out.s, out.n, NULL, &p, why, sizeof why);
    if (err)
        fail_msg("decode: %s", why);
    for (size_t i = 0; i < p->n_mappings; i++)
        assert_int_equal(p->mappings[i]->id, i + 1);
    for (size_t i = 0; i < p->n_locations; i++)
        assert_int_equal(p->locations[i]->id, i + 1);
    for (size_t i = 0; i < p->n_functions; i++)
        assert_int_equal(p->functions[i]->id, i + 1);
    free(out.s);
    return p;
}

static int has_comment(const struct profile *p, const char *text) {
    for (size_t i = 0; i < p->n_comments; i++)
        if (strcmp(p->comments[i], text) == 0)
            return 1;
    return 0;
}

/* A program at 0x400000, a library at 0x7f0000. */
static struct builder demo(void) {
    struct builder b = builder_new(4096, 64);
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    builder_object(&b, "/lib/libz.so", 0x7f0000, 0x7f8000, 0);
    return b;
}

static const uint64_t lib_then_main[] = {0x7f0010, 0x400020, 0x400030};

/* ---- tests */

static void a_cpu_sample_has_its_values_stack_and_thread(void **state) {
    struct builder b = demo();
    builder_cpu(&b, builder_stack(&b, 0, lib_then_main, 3), builder_string(&b, "worker"), 7);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_samples, 1);
    struct profile_sample *s = &p->samples[0];
    assert_int_equal(s->values[0], 7);
    assert_int_equal(s->values[1], 70000000);
    assert_int_equal(s->n_locations, 3);
    assert_int_equal(s->locations[0]->address, 0x7f0010);
    assert_string_equal(s->locations[0]->mapping->file, "/lib/libz.so");
    assert_int_equal(s->locations[2]->address, 0x400030);
    assert_string_equal(s->locations[2]->mapping->file, "/usr/bin/demo");
    assert_int_equal(s->n_labels, 1);
    assert_string_equal(s->labels[0].key, "thread");
    assert_string_equal(s->labels[0].str, "worker");
    profile_free(p);
    builder_free(&b);
}

static void the_head_is_that_of_the_kind(void **state) {
    struct builder b = demo();
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_sample_types, 2);
    assert_string_equal(p->sample_types[1].type, "cpu");
    assert_string_equal(p->sample_types[1].unit, "nanoseconds");
    assert_string_equal(p->default_sample_type, "cpu");
    assert_int_equal(p->period, 10000000);
    assert_int_equal(p->time_nanos, 1000); /* the start */
    assert_int_equal(p->duration_nanos, 3000);
    profile_free(p);
    p = snapshot(&b, KIND_ALLOCS);
    assert_int_equal(p->n_sample_types, 4);
    assert_string_equal(p->default_sample_type, "alloc_space");
    assert_string_equal(p->period_type.type, "space");
    assert_int_equal(p->period, 524288);
    assert_int_equal(p->time_nanos, 9000); /* now */
    profile_free(p);
    builder_free(&b);
}

static void the_programs_mapping_is_the_first_even_if_unused(void **state) {
    struct builder b = demo();
    struct arena_object *o = builder_object(&b, "/lib/other.so", 0x10000, 0x11000, 0);
    const uint64_t pc = 0x10800;
    builder_cpu(&b, builder_stack(&b, 0, &pc, 1), 0, 1);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_mappings, 2); /* libz was not needed */
    assert_string_equal(p->mappings[0]->file, "/usr/bin/demo");
    assert_int_equal(p->mappings[0]->start, 0x400000);
    assert_int_equal(p->mappings[0]->limit, 0x500000);
    assert_int_equal(p->mappings[0]->offset, 0x1000);
    assert_string_equal(p->mappings[0]->build_id, "ab6f");
    assert_false(p->mappings[0]->has_functions);
    assert_int_equal(p->mappings[1]->start, o->start);
    profile_free(p);
    builder_free(&b);
}

static void a_heap_sample_has_its_size_and_whole_objects(void **state) {
    struct builder b = demo();
    struct arena_bucket *k =
        builder_bucket(&b, ARENA_EVENT_HEAP, builder_stack(&b, 0, lib_then_main, 3), 0);
    k->detail = 4096;
    k->v[0] = 5 * ARENA_OBJECT_ONE + ARENA_OBJECT_ONE / 2;
    k->v[1] = 5 * 4096;
    k->v[2] = 2 * ARENA_OBJECT_ONE + ARENA_OBJECT_ONE / 2 - 1;
    k->v[3] = 2 * 4096;
    struct profile *p = snapshot(&b, KIND_HEAP);
    assert_int_equal(p->n_samples, 1);
    const int64_t want[] = {6, 20480, 2, 8192};
    assert_memory_equal(p->samples[0].values, want, sizeof want);
    assert_int_equal(p->samples[0].n_labels, 1);
    assert_string_equal(p->samples[0].labels[0].key, "bytes");
    assert_int_equal(p->samples[0].labels[0].num, 4096);
    assert_string_equal(p->samples[0].labels[0].num_unit, "");
    profile_free(p);
    builder_free(&b);
}

static void freed_sites_stay_and_empty_ones_go(void **state) {
    struct builder b = demo();
    arena_ref st = builder_stack(&b, 0, lib_then_main, 3);
    struct arena_bucket *freed = builder_bucket(&b, ARENA_EVENT_HEAP, st, 0);
    freed->v[0] = ARENA_OBJECT_ONE;
    freed->v[1] = 64;
    builder_bucket(&b, ARENA_EVENT_HEAP, st, builder_string(&b, "idle"));
    builder_cpu(&b, st, 0, 0);
    struct arena_view v = builder_view(&b);
    assert_false(snapshot_has_samples(&v, ARENA_EVENT_CPU));
    assert_true(snapshot_has_samples(&v, ARENA_EVENT_HEAP));
    struct profile *p = snapshot(&b, KIND_HEAP);
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->samples[0].values[0], 1);
    assert_int_equal(p->samples[0].values[2], 0);
    profile_free(p);
    p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_samples, 0);
    profile_free(p);
    builder_free(&b);
}

static void an_address_belongs_to_the_object_of_its_epoch(void **state) {
    struct builder b = demo();
    builder_object(&b, "/lib/old.so", 0x900000, 0x908000, 0)->epoch_last = 3;
    /* Later something else lies there, from a lower start on. */
    builder_object(&b, "/lib/new.so", 0x8f0000, 0x910000, 4);
    const uint64_t pc = 0x900100;
    builder_cpu(&b, builder_stack(&b, 2, &pc, 1), 0, 1);
    builder_cpu(&b, builder_stack(&b, 3, &pc, 1), 0, 2);
    builder_cpu(&b, builder_stack(&b, 4, &pc, 1), 0, 4);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_samples, 3);
    assert_int_equal(p->n_locations, 2);
    for (size_t i = 0; i < 3; i++) {
        struct profile_sample *s = &p->samples[i];
        assert_string_equal(s->locations[0]->mapping->file,
                            s->values[0] == 4 ? "/lib/new.so" : "/lib/old.so");
    }
    profile_free(p);
    builder_free(&b);
}

static void a_library_loaded_again_and_again_is_one_mapping(void **state) {
    enum { EPOCHS = 8000 };
    static const char *const files[] = {"/lib/a.so", "/lib/b.so", "/lib/c.so"};
    struct builder b = builder_new(2 * EPOCHS, 500);
    const uint64_t pc = 0x900100;
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        builder_object(&b, files[epoch % 3], 0x900000, 0x908000, epoch)->epoch_last = epoch;
        builder_cpu(&b, builder_stack(&b, epoch, &pc, 1), 0, 3 + epoch);
    }
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_samples, EPOCHS);
    assert_int_equal(p->n_mappings, 4);
    assert_int_equal(p->n_locations, 3);
    for (size_t i = 0; i < EPOCHS; i++)
        assert_string_equal(p->samples[i].locations[0]->mapping->file,
                            files[p->samples[i].values[0] % 3]);
    profile_free(p);
    builder_free(&b);
}

static void segments_of_one_file_stay_apart(void **state) {
    struct builder b = demo();
    builder_object(&b, "/usr/bin/demo", 0x500000, 0x501000, 0);
    const uint64_t pcs[] = {0x4fffff, 0x500000};
    builder_cpu(&b, builder_stack(&b, 0, pcs, 2), 0, 1);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_mappings, 2);
    assert_int_equal(p->samples[0].locations[0]->mapping->id, 1);
    assert_int_equal(p->samples[0].locations[1]->mapping->id, 2);
    profile_free(p);
    builder_free(&b);
}

static void frames_that_are_no_code_have_names(void **state) {
    static const char *const names[] = {"[cpprof: table full]", "[cpprof: stack truncated]",
                                        "[cpprof: unwinding ended]", "[cpprof: unknown frame]",
                                        "[cpprof: unknown frame]"};
    struct builder b = demo();
    const uint64_t pcs[] = {ARENA_PC_TABLE_FULL, ARENA_PC_TRUNCATED, ARENA_PC_LOST, 0, 4095};
    builder_cpu(&b, builder_stack(&b, 0, pcs, 5), 0, 1);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_functions, 4);
    for (size_t i = 0; i < 5; i++) {
        struct profile_location *l = p->samples[0].locations[i];
        assert_null(l->mapping);
        assert_int_equal(l->n_lines, 1);
        assert_string_equal(l->lines[0].function->name, names[i]);
    }
    profile_free(p);
    builder_free(&b);
}

static void an_address_outside_of_all_objects_has_no_mapping(void **state) {
    struct builder b = demo();
    const uint64_t pcs[] = {0x3fffff, 0x400000, 0x4fffff, 0x500000, UINT64_MAX};
    builder_cpu(&b, builder_stack(&b, 0, pcs, 5), 0, 1);
    struct profile *p = snapshot(&b, KIND_CPU);
    struct profile_location **l = p->samples[0].locations;
    assert_null(l[0]->mapping);
    assert_non_null(l[1]->mapping);
    assert_non_null(l[2]->mapping);
    assert_null(l[3]->mapping);
    assert_null(l[4]->mapping);
    assert_true(l[4]->address == UINT64_MAX);
    profile_free(p);
    builder_free(&b);
}

static void an_address_beside_one_object_is_not_in_an_older_one(void **state) {
    struct builder b = demo();
    const uint64_t pcs[] = {0x918000, 0x925000};
    builder_object(&b, "/lib/old.so", 0x900000, 0x980000, 0)->epoch_last = 0;
    builder_object(&b, "/lib/new.so", 0x910000, 0x920000, 1);
    builder_cpu(&b, builder_stack(&b, 1, pcs, 2), 0, 1);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_string_equal(p->samples[0].locations[0]->mapping->file, "/lib/new.so");
    assert_null(p->samples[0].locations[1]->mapping);
    profile_free(p);
    builder_free(&b);
}

static void equal_addresses_share_a_location(void **state) {
    struct builder b = demo();
    for (int i = 0; i < 20; i++)
        builder_cpu(&b, builder_stack(&b, 0, lib_then_main, 3), 0, 1);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_int_equal(p->n_samples, 20);
    assert_int_equal(p->n_locations, 3);
    profile_free(p);
    builder_free(&b);
}

static void comments_tell_who_and_what_was_lost(void **state) {
    struct builder b = demo();
    b.h->counters[ARENA_DROPPED_FULL] = 12;
    b.h->counters[ARENA_DROPPED_NO_STACK] = 3;
    b.h->counters[ARENA_UNCOVERED_MALLOC] = 1;
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_true(has_comment(p, "# cpprof: command demo"));
    assert_true(has_comment(p, "# cpprof: pid 42"));
    assert_true(has_comment(p, "# cpprof: settings CPROF_CPU_RATE=100 CPROF_STACK_DEPTH=128"));
    assert_true(has_comment(p, "cpprof: 12 samples stand under [cpprof: table full]: no room "
                               "(CPROF_MAX_MEMORY)"));
    assert_true(has_comment(p, "cpprof: 3 samples dropped: too little room on a thread's stack"));
    assert_int_equal(p->n_comments, 6); /* malloc is no matter of cpu */
    profile_free(p);
    p = snapshot(&b, KIND_HEAP);
    assert_true(has_comment(p, "cpprof: not covered: the program's malloc is its own, not one that "
                               "can be hooked"));
    assert_int_equal(p->n_comments, 6);
    profile_free(p);
    builder_free(&b);
}

static void strings_are_made_utf8(void **state) {
    struct builder b = demo();
    const uint64_t pc = 0x400000;
    /* A control character, a good character, a cut one, an overlong one, a surrogate. */
    builder_cpu(&b, builder_stack(&b, 0, &pc, 1),
                builder_string(&b, "a\n\xc3\xa4\xe2\x82|\xc0\x80|\xed\xa0\x80"), 1);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_string_equal(p->samples[0].labels[0].str, "a?\xc3\xa4??|\?\?|???");
    profile_free(p);
    builder_free(&b);
}

static void a_deleted_file_keeps_its_name(void **state) {
    struct builder b = builder_new(1024, 4);
    builder_object(&b, "/usr/bin/demo (deleted)", 0x400000, 0x500000, 0);
    struct profile *p = snapshot(&b, KIND_CPU);
    assert_string_equal(p->mappings[0]->file, "/usr/bin/demo");
    profile_free(p);
    builder_free(&b);
}

static void the_same_arena_gives_the_same_bytes(void **state) {
    struct builder b = demo();
    struct watch w = {0};
    struct bytes x = {0}, y = {0};
    builder_cpu(&b, builder_stack(&b, 0, lib_then_main, 3), builder_string(&b, "t"), 7);
    assert_int_equal(write_kind(&b, KIND_CPU, &w, &x), 0);
    assert_int_equal(write_kind(&b, KIND_CPU, &w, &y), 0);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.s, y.s, x.n);
    free(x.s);
    free(y.s);
    builder_free(&b);
}

static void the_sinks_error_is_returned(void **state) {
    struct builder b = demo();
    struct watch w = {0};
    struct bytes out = {.error = -ENOSPC};
    assert_int_equal(write_kind(&b, KIND_CPU, &w, &out), -ENOSPC);
    assert_int_equal(w.now, 0);
    builder_free(&b);
}

static void running_out_of_memory_anywhere_is_an_error_and_leaks_nothing(void **state) {
    struct builder b = builder_new(8192, 800);
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    for (uint64_t i = 0; i < 6000; i++) {
        const uint64_t pcs[] = {0x400000 + i * 16, 0x400008 + i * 16};
        builder_cpu(&b, builder_stack(&b, 0, pcs, 2), 0, 1);
    }
    int err = -ENOMEM, n = 1;
    for (; err == -ENOMEM && n < 100000; n++) {
        struct watch w = {.fail_at = n};
        struct bytes out = {0};
        err = write_kind(&b, KIND_CPU, &w, &out);
        assert_int_equal(w.now, 0);
        free(out.s);
    }
    assert_int_equal(err, 0);
    assert_true(n > 5);
    builder_free(&b);
}

static void a_hundred_thousand_stacks_take_little_memory(void **state) {
    enum { STACKS = 100000, DEPTH = 32 };
    struct builder b = builder_new(2 * STACKS, 9200);
    struct watch w = {0};
    struct bytes out = {0};
    uint64_t pcs[DEPTH];
    for (uint64_t i = 0; i < 200; i++)
        builder_object(&b, "/lib/some.so", 0x400000 + i * 0x10000, 0x410000 + i * 0x10000, 0);
    for (uint64_t i = 0; i < STACKS; i++) {
        for (uint64_t d = 0; d < DEPTH; d++)
            pcs[d] = 0x400000 + (i * 131 + d * d * 7919) % 300000 * 40;
        builder_cpu(&b, builder_stack(&b, 0, pcs, DEPTH), 0, 1);
    }
    assert_int_equal(write_kind(&b, KIND_CPU, &w, &out), 0);
    print_message("%d stacks of %d frames: %zu KiB of scratch memory, %zu KiB of file\n", STACKS,
                  DEPTH, w.most / 1024, out.n / 1024);
    assert_true(w.most < 64u << 20);
    struct profile *p = NULL;
    assert_int_equal(profile_decode(out.s, out.n, NULL, &p, NULL, 0), 0);
    assert_int_equal(p->n_samples, STACKS);
    profile_free(p);
    free(out.s);
    builder_free(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cpu_sample_has_its_values_stack_and_thread),
        cmocka_unit_test(the_head_is_that_of_the_kind),
        cmocka_unit_test(the_programs_mapping_is_the_first_even_if_unused),
        cmocka_unit_test(a_heap_sample_has_its_size_and_whole_objects),
        cmocka_unit_test(freed_sites_stay_and_empty_ones_go),
        cmocka_unit_test(an_address_belongs_to_the_object_of_its_epoch),
        cmocka_unit_test(a_library_loaded_again_and_again_is_one_mapping),
        cmocka_unit_test(segments_of_one_file_stay_apart),
        cmocka_unit_test(frames_that_are_no_code_have_names),
        cmocka_unit_test(an_address_outside_of_all_objects_has_no_mapping),
        cmocka_unit_test(an_address_beside_one_object_is_not_in_an_older_one),
        cmocka_unit_test(equal_addresses_share_a_location),
        cmocka_unit_test(comments_tell_who_and_what_was_lost),
        cmocka_unit_test(strings_are_made_utf8),
        cmocka_unit_test(a_deleted_file_keeps_its_name),
        cmocka_unit_test(the_same_arena_gives_the_same_bytes),
        cmocka_unit_test(the_sinks_error_is_returned),
        cmocka_unit_test(running_out_of_memory_anywhere_is_an_error_and_leaks_nothing),
        cmocka_unit_test(a_hundred_thousand_stacks_take_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
