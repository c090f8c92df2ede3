/* The streaming writer, read back by zlib and by protobuf-c's own unpacking. */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <zlib.h>

#include "proto/profile.pb-c.h"

typedef Perftools__Profiles__Profile pb_profile;

/* A `struct mem` that counts, fills new memory with rubbish, and fails at allocation `fail_at`. */
struct ledger {
    size_t live_bytes, calls, fail_at;
};

static void *ledger_resize(void *ctx, void *old, size_t old_bytes, size_t new_bytes) {
    struct ledger *l = ctx;
    uint8_t *at;

    if (new_bytes == 0) {
        l->live_bytes -= old_bytes;
        free(old);
        return NULL;
    }
    if (++l->calls == l->fail_at)
        return NULL;
    at = malloc(new_bytes);
    assert_non_null(at);
    memset(at, 0xa5, new_bytes);
    if (old)
        memcpy(at, old, old_bytes < new_bytes ? old_bytes : new_bytes);
    free(old);
    l->live_bytes += new_bytes - old_bytes;
    return at;
}

static struct bytes inflated(struct bytes in) {
    z_stream z = {.next_in = in.at, .avail_in = (uInt)in.n};
    struct bytes out = {.at = malloc(64 << 20)};

    assert_non_null(out.at);
    z.next_out = out.at;
    z.avail_out = 64 << 20;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    out.n = z.total_out;
    inflateEnd(&z);
    return out;
}

static pb_profile *read_back(struct bytes in) {
    struct bytes plain = inflated(in);
    pb_profile *p = perftools__profiles__profile__unpack(NULL, plain.n, plain.at);

    assert_non_null(p);
    free(plain.at);
    return p;
}

static int write_everything(const struct mem *mem, struct bytes *out) {
    struct pprof_writer *w = pprof_writer_new(mem, keep_bytes, out, 1);
    const uint64_t ids[] = {3, 1, UINT64_MAX};
    const int64_t values[] = {1, -1};
    struct pprof_wire_label labels[2] = {0};
    struct pprof_wire_mapping m = {.id = 1, .memory_start = 4096, .has_inline_frames = true};
    struct pprof_wire_function f = {.id = 9, .start_line = 12};
    const struct pprof_wire_line lines[] = {{9, 10, 11}, {9, 20, 0}};

    if (!w)
        return -ENOMEM;
    pprof_write_sample_type(w, "samples", "count");
    pprof_write_sample_type(w, "cpu", "nanoseconds");
    pprof_write_period(w, "cpu", "nanoseconds", 10);
    pprof_write_default_sample_type(w, "cpu");
    pprof_write_time(w, 1000, 2000);
    pprof_write_comment(w, "one");
    pprof_write_comment(w, "two");
    pprof_write_drop_keep(w, "drop", NULL);
    pprof_write_doc_url(w, "doc");
    labels[0].key = pprof_writer_string(w, "thread");
    labels[0].str = pprof_writer_string_n(w, "main thread", 4);
    labels[1].key = pprof_writer_string(w, "bytes");
    labels[1].num = 64;
    pprof_write_sample(w, ids, 3, values, 2, labels, 2);
    pprof_write_sample(w, NULL, 0, values, 2, NULL, 0);
    pprof_write_location(w, 3, 1, 0x1234, lines, 2, true);
    m.filename = pprof_writer_string(w, "/bin/true");
    pprof_write_mapping(w, &m);
    f.name = pprof_writer_string(w, "main");
    pprof_write_function(w, &f);
    return pprof_writer_finish(w);
}

static void every_message_reads_back_with_protobuf_c(void **state) {
    struct bytes b = {0};
    pb_profile *p;

    assert_int_equal(write_everything(&mem_malloc, &b), 0);
    p = read_back(b);
    assert_int_equal(p->n_sample_type, 2);
    assert_string_equal(p->string_table[p->sample_type[1]->type], "cpu");
    assert_string_equal(p->string_table[p->sample_type[1]->unit], "nanoseconds");
    assert_int_equal(p->period, 10);
    assert_string_equal(p->string_table[p->period_type->type], "cpu");
    assert_string_equal(p->string_table[p->default_sample_type], "cpu");
    assert_int_equal(p->time_nanos, 1000);
    assert_int_equal(p->duration_nanos, 2000);
    assert_int_equal(p->n_comment, 2);
    assert_string_equal(p->string_table[p->comment[1]], "two");
    assert_string_equal(p->string_table[p->drop_frames], "drop");
    assert_int_equal(p->keep_frames, 0);
    assert_string_equal(p->string_table[p->doc_url], "doc");
    assert_int_equal(p->n_sample, 2);
    assert_int_equal(p->sample[0]->n_location_id, 3);
    assert_true(p->sample[0]->location_id[2] == UINT64_MAX);
    assert_int_equal(p->sample[0]->value[1], -1);
    assert_int_equal(p->sample[0]->n_label, 2);
    assert_string_equal(p->string_table[p->sample[0]->label[0]->str], "main");
    assert_int_equal(p->sample[0]->label[1]->num, 64);
    assert_int_equal(p->sample[1]->n_location_id, 0);
    assert_int_equal(p->location[0]->n_line, 2);
    assert_int_equal(p->location[0]->line[0]->column, 11);
    assert_int_equal(p->location[0]->line[1]->line, 20);
    assert_true(p->location[0]->is_folded);
    assert_int_equal(p->location[0]->mapping_id, 1);
    assert_int_equal(p->mapping[0]->memory_start, 4096);
    assert_true(p->mapping[0]->has_inline_frames);
    assert_false(p->mapping[0]->has_functions);
    assert_string_equal(p->string_table[p->mapping[0]->filename], "/bin/true");
    assert_string_equal(p->string_table[p->function[0]->name], "main");
    assert_int_equal(p->function[0]->start_line, 12);
    perftools__profiles__profile__free_unpacked(p, NULL);
    free(b.at);
}

static void an_empty_file_has_a_string_table_with_the_empty_string(void **state) {
    struct bytes b = {0};
    pb_profile *p;

    assert_int_equal(pprof_writer_finish(pprof_writer_new(&mem_malloc, keep_bytes, &b, 1)), 0);
    p = read_back(b);
    assert_int_equal(p->n_string_table, 1);
    assert_string_equal(p->string_table[0], "");
    perftools__profiles__profile__free_unpacked(p, NULL);
    free(b.at);
}

static void the_same_calls_give_the_same_bytes(void **state) {
    struct ledger l = {0};
    const struct mem mem = {.resize = ledger_resize, .ctx = &l};
    struct bytes a = {0}, b = {0};

    assert_int_equal(write_everything(&mem_malloc, &a), 0);
    assert_int_equal(write_everything(&mem, &b), 0);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.at, b.at, a.n);
    /* RFC 1952: no flags (so no name), no time. */
    assert_memory_equal(a.at, "\x1f\x8b\x08\x00\x00\x00\x00\x00", 8);
    free(a.at);
    free(b.at);
}

static void strings_are_interned_and_numbered_in_order(void **state) {
    struct bytes b = {0};
    struct pprof_writer *w = pprof_writer_new(&mem_malloc, keep_bytes, &b, 1);
    char text[32];
    pb_profile *p;

    assert_int_equal(pprof_writer_string(w, ""), 0);
    assert_int_equal(pprof_writer_string(w, NULL), 0);
    assert_int_equal(pprof_writer_string_n(w, "x", 0), 0);
    for (int round = 0; round < 2; round++)
        for (int i = 1; i <= 20000; i++) {
            int n = snprintf(text, sizeof(text), "function_%d", i);
            assert_int_equal(pprof_writer_string_n(w, text, (size_t)n), i);
        }
    /* A NUL ends a string: the file could not hold what is behind it. */
    assert_int_equal(pprof_writer_string_n(w, "function_1\0x", 12), 1);
    assert_int_equal(pprof_writer_finish(w), 0);
    p = read_back(b);
    assert_int_equal(p->n_string_table, 20001);
    assert_string_equal(p->string_table[777], "function_777");
    perftools__profiles__profile__free_unpacked(p, NULL);
    free(b.at);
}

static void a_hundred_thousand_samples_all_arrive(void **state) {
    struct bytes b = {0};
    struct pprof_writer *w = pprof_writer_new(&mem_malloc, keep_bytes, &b, 1);
    uint64_t ids[32], state64 = 1;
    pb_profile *p;

    for (int64_t i = 0; i < 100000; i++) {
        const int64_t values[2] = {i, i * 10000000};
        for (int k = 0; k < 32; k++) {
            state64 = state64 * 6364136223846793005u + 1442695040888963407u;
            ids[k] = state64 >> 50;
        }
        pprof_write_sample(w, ids, 32, values, 2, NULL, 0);
    }
    assert_int_equal(pprof_writer_finish(w), 0);
    p = read_back(b);
    assert_int_equal(p->n_sample, 100000);
    assert_int_equal(p->sample[99999]->value[0], 99999);
    assert_int_equal(p->sample[99999]->location_id[31], state64 >> 50);
    perftools__profiles__profile__free_unpacked(p, NULL);
    free(b.at);
}

static void memory_comes_from_mem_alone_and_all_goes_back(void **state) {
    struct ledger l = {0};
    const struct mem mem = {.resize = ledger_resize, .ctx = &l};
    struct bytes b = {0};
    size_t calls;

    assert_int_equal(write_everything(&mem, &b), 0);
    assert_int_equal(l.live_bytes, 0);
    calls = l.calls;
    assert_true(calls > 5);
    free(b.at);
    for (size_t i = 1; i <= calls; i++) {
        b = (struct bytes){0};
        l = (struct ledger){.fail_at = i};
        assert_int_equal(write_everything(&mem, &b), -ENOMEM);
        assert_int_equal(l.live_bytes, 0);
        free(b.at);
    }
}

static int failing_sink(void *ctx, const void *bytes, size_t n) {
    ++*(int *)ctx;
    return -ENOSPC;
}

static void the_first_error_of_the_sink_sticks(void **state) {
    int calls = 0;
    struct pprof_writer *w = pprof_writer_new(&mem_malloc, failing_sink, &calls, 1);
    uint64_t ids[64];

    for (uint64_t i = 0; i < 100000; i++) {
        for (uint64_t k = 0; k < 64; k++)
            ids[k] = (i + k) * 0x9e3779b97f4a7c15u;
        pprof_write_sample(w, ids, 64, NULL, 0, NULL, 0);
    }
    assert_int_equal(pprof_writer_finish(w), -ENOSPC);
    assert_int_equal(calls, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_reads_back_with_protobuf_c),
        cmocka_unit_test(an_empty_file_has_a_string_table_with_the_empty_string),
        cmocka_unit_test(the_same_calls_give_the_same_bytes),
        cmocka_unit_test(strings_are_interned_and_numbered_in_order),
        cmocka_unit_test(a_hundred_thousand_samples_all_arrive),
        cmocka_unit_test(memory_comes_from_mem_alone_and_all_goes_back),
        cmocka_unit_test(the_first_error_of_the_sink_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
