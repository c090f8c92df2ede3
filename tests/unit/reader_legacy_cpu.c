/* CPU profiles in binary. What is expected is what Go makes of the same words. */
#include "tests/unit/reader_legacy_fixture.h"

/* How words are written. */
struct words {
    unsigned bytes;
    bool big_endian;
};
static const struct words low_64 = {8, false},
                          kinds[] = {{4, false}, {4, true}, {8, false}, {8, true}};

/* Writes `n` words, then text behind them. */
struct file {
    uint8_t bytes[4096];
    size_t n;
};

static void put(struct file *f, struct words w, const uint64_t *words, size_t n) {
    for (size_t i = 0; i < n; i++)
        for (unsigned k = 0; k < w.bytes; k++) {
            assert_true(f->n < sizeof(f->bytes));
            f->bytes[f->n++] = (uint8_t)(words[i] >> 8 * (w.big_endian ? w.bytes - 1 - k : k));
        }
}

static void put_text(struct file *f, const char *text) {
    assert_true(f->n + strlen(text) < sizeof(f->bytes));
    memcpy(f->bytes + f->n, text, strlen(text));
    f->n += strlen(text);
}

#define WORDS(...)                                                                                 \
    (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)
#define HEADER 0, 3, 0, 10000, 0
#define END    0, 1, 0

static void reads_words(const uint64_t *words, size_t n, const char *expected) {
    struct file f = {.n = 0};

    put(&f, low_64, words, n);
    reads_bytes(f.bytes, f.n, expected);
}

static void words_may_have_either_size_and_order(void **state) {
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct file f = {.n = 0};

        put(&f, kinds[i], WORDS(HEADER, 2, 2, 0x401000, 0x402000, 1, 1, 0x9000, END));
        put_text(&f, "400000-500000 r-xp 00000000 08:01 12 /bin/server\n");
        reads_bytes(f.bytes, f.n,
                    "samples/count cpu/nanoseconds, 10000000 cpu/nanoseconds\n"
                    "2 20000000: 401000@1 401fff@1\n"
                    "1 10000000: 9000@2\n"
                    "400000-500000 0 /bin/server \n"
                    "0-ffffffffffffffff 0  \n");
    }
}

static void the_handler_s_frame_is_dropped_twice(void **state) {
    /* In all stacks but one without a caller: 32 samples allow for one. */
    struct file f = {.n = 0};
    struct profile *p = NULL;

    put(&f, low_64, WORDS(HEADER));
    for (uint64_t i = 1; i < 32; i++)
        put(&f, low_64, WORDS(1, 4, 0x1000 * i, 0x99, 0x88, 0x77));
    put(&f, low_64, WORDS(1, 1, 0x5, END));
    assert_int_equal(source_parse(f.bytes, f.n, &p, NULL, 0), 0);
    assert_int_equal(p->n_samples, 32);
    assert_int_equal(p->samples[0].n_locations, 2);
    assert_int_equal(p->samples[0].locations[0]->address, 0x1000);
    assert_int_equal(p->samples[0].locations[1]->address, 0x76);
    assert_int_equal(p->samples[31].n_locations, 1);
    profile_free(p);
}

static void a_caller_of_fewer_is_no_handler_s(void **state) {
    reads_words(WORDS(HEADER, 1, 3, 0x1000, 0x99, 0x77, 1, 3, 0x2000, 0x98, 0x66, END),
                "samples/count cpu/nanoseconds, 10000000 cpu/nanoseconds\n"
                "1 10000000: 1000@1 98@1 76@1\n"
                "1 10000000: 2000@1 97@1 65@1\n"
                "0-ffffffffffffffff 0  \n");
}

static void a_leaf_that_is_there_twice_is_there_once(void **state) {
    reads_words(WORDS(HEADER, 1, 3, 0x1000, 0x1000, 0x77, 1, 1, 0x2000, 1, 1, 0x3000, END),
                "samples/count cpu/nanoseconds, 10000000 cpu/nanoseconds\n"
                "1 10000000: 1000@1 76@1\n"
                "1 10000000: 2000@1\n"
                "1 10000000: 3000@1\n"
                "0-ffffffffffffffff 0  \n");
}

static void the_mark_of_the_end_may_be_missing(void **state) {
    static const char one[] = "samples/count cpu/nanoseconds, 10000000 cpu/nanoseconds\n"
                              "1 10000000: 1000@1\n"
                              "0-ffffffffffffffff 0  \n";
    static const char two[] = "samples/count cpu/nanoseconds, 10000000 cpu/nanoseconds\n"
                              "1 10000000: 1000@1 ffffffffffffffff@1\n"
                              "0-ffffffffffffffff 0  \n";

    reads_words(WORDS(HEADER, 1, 1, 0x1000), one);
    /* Words that are not there are 0, as long as half of them are; 0x2000 and the first 0 are taken
     * for the handler's. */
    reads_words(WORDS(HEADER, 1, 4, 0x1000, 0x2000), two);
}

static void what_is_cut_short_or_java_s_is_refused(void **state) {
    static const char why[] = "parsing profile: unrecognized profile format";
    struct file cut = {.n = 0}, java = {.n = 0}, idle = {.n = 0};

    put(&cut, low_64, WORDS(HEADER, 1, 9, 0x1000));
    refused_bytes(cut.bytes, cut.n, why);
    put(&java, low_64, WORDS(0, 3, 1, 10000, 0, 1, 1, 0x1000, END));
    refused_bytes(java.bytes, java.n, why);
    put(&idle, low_64, WORDS(0, 3, 0, 0, 0, 1, 1, 0x1000, END));
    refused_bytes(idle.bytes, idle.n, why);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_may_have_either_size_and_order),
        cmocka_unit_test(the_handler_s_frame_is_dropped_twice),
        cmocka_unit_test(a_caller_of_fewer_is_no_handler_s),
        cmocka_unit_test(a_leaf_that_is_there_twice_is_there_once),
        cmocka_unit_test(the_mark_of_the_end_may_be_missing),
        cmocka_unit_test(what_is_cut_short_or_java_s_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
