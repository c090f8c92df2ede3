/* Tests of the profiles about waiting: mutex, block and threadcreate from buckets, threads from a
 * record, and of the check of records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arena/threads_profile.h"
#include "proto/profile.h"
#include "tests/unit/arena_builder.h"

static struct profile *decoded(struct bytes *out) {
    struct profile *p = NULL;
    char why[256] = "";
    if (profile_decode(out->s, out->n, NULL, &p, why, sizeof why))
        fail_msg("decode: %s", why);
    free(out->s);
    return p;
}

static struct profile *snapshot(const struct builder *b, enum profile_kind kind) {
    const struct snapshot_time now = {2000, 1500};
    struct arena_view v = builder_view(b);
    struct bytes out = {0};
    assert_int_equal(snapshot_write(&v, kind, &now, &mem_malloc, take_bytes, &out), 0);
    return decoded(&out);
}

static const struct profile_label *label(const struct profile_sample *s, const char *key) {
    for (size_t i = 0; i < s->n_labels; i++)
        if (strcmp(s->labels[i].key, key) == 0)
            return &s->labels[i];
    return NULL;
}

static struct builder demo(void) {
    struct builder b = builder_new(1024, 16);
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    b.h->mutex_fraction = 10;
    b.h->block_rate_ns = 10000;
    return b;
}

static const uint64_t pcs[] = {0x400010, 0x400020, 0x400030, 0x400040};

/* ---- buckets */

static void mutex_has_waiters_and_holders(void **state) {
    struct builder b = demo();
    struct arena_bucket *waiter =
        builder_bucket(&b, ARENA_EVENT_MUTEX, builder_stack(&b, 0, pcs, 3), 0);
    struct arena_bucket *holder =
        builder_bucket(&b, ARENA_EVENT_MUTEX, builder_stack(&b, 0, pcs + 1, 3), 0);
    waiter->v[0] = 10, waiter->v[1] = 5000;
    holder->v[2] = 10, holder->v[3] = 4999;
    holder->detail = 1;
    struct profile *p = snapshot(&b, KIND_MUTEX);
    assert_int_equal(p->n_sample_types, 4);
    assert_string_equal(p->sample_types[1].type, "delay");
    assert_string_equal(p->sample_types[3].type, "held_delay");
    assert_string_equal(p->default_sample_type, "delay");
    assert_int_equal(p->period, 1);
    assert_int_equal(p->n_samples, 2);
    int64_t sums[4] = {0};
    for (size_t i = 0; i < 2; i++) {
        assert_null(label(&p->samples[i], "wait"));
        assert_true(!p->samples[i].values[0] != !p->samples[i].values[2]);
        for (int v = 0; v < 4; v++)
            sums[v] += p->samples[i].values[v];
    }
    assert_int_equal(sums[0], 10);
    assert_int_equal(sums[1], 5000);
    assert_int_equal(sums[3], 4999);
    profile_free(p);
    builder_free(&b);
}

static void block_says_what_was_waited_for(void **state) {
    struct builder b = demo();
    arena_ref stack = builder_stack(&b, 0, pcs, 3);
    for (uint32_t wait = ARENA_WAIT_MUTEX; wait < ARENA_WAITS; wait++) {
        struct arena_bucket *k = builder_bucket(&b, ARENA_EVENT_BLOCK, stack, 0);
        k->detail = wait;
        k->v[0] = ARENA_OBJECT_ONE * 3 / 2; /* rounds to 2 */
        k->v[1] = wait;
    }
    struct profile *p = snapshot(&b, KIND_BLOCK);
    assert_int_equal(p->n_samples, ARENA_WAITS - 1);
    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *s = &p->samples[i];
        assert_int_equal(s->values[0], 2);
        assert_string_equal(label(s, "wait")->str, wait_word((uint32_t)s->values[1]));
    }
    profile_free(p);
    builder_free(&b);
}

static void a_wait_of_no_table_has_a_word(void **state) {
    struct builder b = demo();
    struct arena_bucket *k = builder_bucket(&b, ARENA_EVENT_BLOCK, builder_stack(&b, 0, pcs, 1), 0);
    k->detail = 77777;
    k->v[1] = 1;
    struct profile *p = snapshot(&b, KIND_BLOCK);
    assert_string_equal(label(&p->samples[0], "wait")->str, "unknown");
    profile_free(p);
    builder_free(&b);
}

static void kinds_that_are_off_have_no_period(void **state) {
    struct arena_header h = {0};
    assert_int_equal(kind_period(&kinds[KIND_MUTEX], &h), 0);
    assert_int_equal(kind_period(&kinds[KIND_BLOCK], &h), 0);
    assert_int_equal(kind_period(&kinds[KIND_THREADS], &h), 1);
    assert_int_equal(kind_period(&kinds[KIND_THREADCREATE], &h), 1);
    h.mutex_fraction = 100;
    h.block_rate_ns = 1;
    assert_int_equal(kind_period(&kinds[KIND_MUTEX], &h), 1);
    assert_int_equal(kind_period(&kinds[KIND_BLOCK], &h), 1);
}

static void threadcreate_counts(void **state) {
    struct builder b = demo();
    builder_bucket(&b, ARENA_EVENT_CREATE, builder_stack(&b, 0, pcs, 2), 0)->v[0] = 12;
    struct profile *p = snapshot(&b, KIND_THREADCREATE);
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->samples[0].values[0], 12);
    assert_string_equal(p->sample_types[0].type, "threadcreate");
    profile_free(p);
    builder_free(&b);
}

/* ---- records */

struct record {
    struct threads_head *h;
    uint64_t room;
};

static struct record record_new(void) {
    struct record r = {calloc(1, 65536), 65536};
    *r.h = (struct threads_head){.magic = THREADS_MAGIC,
                                 .version = THREADS_VERSION,
                                 .pid = 42,
                                 .realtime_ns = 7000,
                                 .monotonic_ns = 900,
                                 .bytes = sizeof *r.h};
    return r;
}

static struct threads_entry *record_add(struct record *r, uint32_t tid, const char *name,
                                        uint32_t wait, uint32_t depth) {
    struct threads_entry *e = (void *)((char *)r->h + r->h->bytes);
    assert_true(r->h->bytes + sizeof *e + depth * 8 <= r->room);
    e->bytes = (uint32_t)(sizeof *e + depth * 8);
    e->tid = tid;
    memcpy(e->name, name, strnlen(name, sizeof e->name));
    e->wait = wait;
    e->state = wait ? 'S' : 'R';
    e->depth = depth;
    memcpy(e->pc, pcs, depth * 8);
    r->h->bytes += e->bytes;
    r->h->n_threads++;
    return e;
}

static struct profile *threads(const struct builder *b, const struct record *r) {
    struct arena_view v = builder_view(b);
    struct bytes out = {0};
    assert_null(threads_record_check(r->h, r->h->bytes));
    assert_int_equal(threads_profile_write(&v, r->h, &mem_malloc, take_bytes, &out), 0);
    return decoded(&out);
}

static void threads_that_look_the_same_are_one_sample(void **state) {
    struct builder b = demo();
    struct record r = record_new();
    for (uint32_t i = 0; i < 5; i++)
        record_add(&r, 100 + i, "worker", ARENA_WAIT_COND, 3)->waited_ns = 2000000 + i;
    record_add(&r, 110, "worker", ARENA_WAIT_COND, 3)->waited_ns = 9000000;
    record_add(&r, 111, "other", ARENA_WAIT_COND, 3)->waited_ns = 2000000;
    record_add(&r, 112, "worker", ARENA_WAIT_MUTEX, 3)->waited_ns = 2000000;
    record_add(&r, 113, "worker", ARENA_WAIT_COND, 2)->waited_ns = 2000000;
    record_add(&r, 114, "sixteen letters!", ARENA_WAIT_NONE, 4);
    struct profile *p = threads(&b, &r);
    assert_int_equal(p->time_nanos, 7000);
    assert_int_equal(p->n_samples, 6);
    const struct profile_sample *s = &p->samples[0];
    assert_int_equal(s->values[0], 5);
    assert_int_equal(s->n_locations, 3);
    assert_string_equal(label(s, "thread")->str, "worker");
    assert_string_equal(label(s, "state")->str, "cond");
    assert_int_equal(label(s, "waited")->num, 2000000);
    assert_string_equal(label(s, "waited")->num_unit, "nanoseconds");
    s = &p->samples[5];
    assert_string_equal(label(s, "thread")->str, "sixteen letters!");
    assert_string_equal(label(s, "state")->str, "running");
    assert_null(label(s, "waited"));
    profile_free(p);
    free(r.h);
    builder_free(&b);
}

static void a_process_without_threads_has_a_profile(void **state) {
    struct builder b = demo();
    struct record r = record_new();
    struct profile *p = threads(&b, &r);
    assert_int_equal(p->n_samples, 0);
    assert_int_equal(p->n_sample_types, 1);
    profile_free(p);
    free(r.h);
    builder_free(&b);
}

static void waits_are_rounded_down(void **state) {
    static const struct {
        uint64_t ns, group;
    } cases[] = {{0, 0},
                 {999999, 0},
                 {1000000, 1000000},
                 {1999999, 1000000},
                 {2000000, 2000000},
                 {4999999, 2000000},
                 {5000000, 5000000},
                 {9999999, 5000000},
                 {10000000, 10000000},
                 {UINT64_C(3600000000000), UINT64_C(2000000000000)},
                 {UINT64_MAX, UINT64_C(10000000000000000000)}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(threads_waited_group(cases[i].ns), cases[i].group);
}

static void states_have_words(void **state) {
    struct threads_entry e = {.state = 'R'};
    assert_string_equal(threads_entry_state(&e), "running");
    e.state = 'S';
    assert_string_equal(threads_entry_state(&e), "sleeping");
    e.state = '\n';
    assert_string_equal(threads_entry_state(&e), "unknown");
    e.wait = ARENA_WAIT_POLL;
    assert_string_equal(threads_entry_state(&e), "poll");
    e.wait = 1000;
    assert_string_equal(threads_entry_state(&e), "unknown");
}

static void damaged_records_are_refused(void **state) {
    struct record r = record_new();
    record_add(&r, 1, "a", 0, 3);
    struct threads_entry *e = record_add(&r, 2, "b", 0, 2);
    const uint64_t n = r.h->bytes;
    assert_null(threads_record_check(r.h, n));
    for (uint64_t cut = 0; cut < n; cut++)
        assert_non_null(threads_record_check(r.h, cut));
    r.h->n_threads = 3;
    assert_non_null(threads_record_check(r.h, n));
    r.h->n_threads = 1;
    assert_non_null(threads_record_check(r.h, n));
    r.h->n_threads = 2;
    e->depth = 3;
    assert_non_null(threads_record_check(r.h, n));
    e->depth = UINT32_MAX;
    assert_non_null(threads_record_check(r.h, n));
    e->depth = 2;
    e->bytes += 4;
    assert_non_null(threads_record_check(r.h, n));
    e->bytes = 0;
    assert_non_null(threads_record_check(r.h, n));
    free(r.h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutex_has_waiters_and_holders),
        cmocka_unit_test(block_says_what_was_waited_for),
        cmocka_unit_test(a_wait_of_no_table_has_a_word),
        cmocka_unit_test(kinds_that_are_off_have_no_period),
        cmocka_unit_test(threadcreate_counts),
        cmocka_unit_test(threads_that_look_the_same_are_one_sample),
        cmocka_unit_test(a_process_without_threads_has_a_profile),
        cmocka_unit_test(waits_are_rounded_down),
        cmocka_unit_test(states_have_words),
        cmocka_unit_test(damaged_records_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
