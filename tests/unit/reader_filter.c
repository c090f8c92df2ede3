/* Filters: which samples, frames and labels are left. Stacks are written leaf first, one letter a
 * frame. */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <stdio.h>

#include "reader/filter/filter.h"
#include "reader/filter/match.h"

/* ---- profiles of letters */

/* A location of one function `name`, or of several, innermost first: its address is the letter. */
static struct profile_location *location(struct profile *p, const char *letters) {
    struct profile_location *l = profile_add_location(p);

    l->id += 1000; /* not its place in the list */
    l->n_lines = strlen(letters);
    l->lines = profile_alloc(p, l->n_lines * sizeof(*l->lines));
    l->mapping = p->mappings[0];
    for (size_t i = 0; i < l->n_lines; i++) {
        char name[] = {letters[i], '\0'}, file[] = {letters[i], '.', 'c', '\0'};
        l->lines[i].function = profile_function(p, name, name, file, 1);
        l->lines[i].line = 10;
        l->lines[i].column = 3;
    }
    return l;
}

static struct profile *new_profile(void) {
    struct profile *p = profile_new();
    struct profile_mapping *m = profile_add_mapping(p);

    m->file = "/bin/program";
    m->id = 77;
    profile_add_sample_type(p, "samples", "count");
    profile_add_sample_type(p, "space", "bytes");
    for (const char *c = "ABCDE"; *c; c++)
        location(p, (char[]){*c, '\0'});
    return p;
}

/* A to E are the locations of one function, 0 to 9 those added after them. */
static struct profile_sample *add(struct profile *p, const char *stack) {
    struct profile_sample *s = profile_add_sample(p);

    s->values = profile_alloc(p, 2 * sizeof(*s->values));
    s->values[0] = 1;
    s->values[1] = 100;
    s->locations = profile_alloc(p, strlen(stack) * sizeof(*s->locations));
    s->labels = profile_alloc(p, 8 * sizeof(*s->labels));
    for (; *stack; stack++)
        s->locations[s->n_locations++] =
            p->locations[*stack >= 'A' ? *stack - 'A' : 5 + *stack - '0'];
    return s;
}

static void label(struct profile *p, struct profile_sample *s, const char *key, const char *str,
                  int64_t num, const char *unit) {
    s->labels[s->n_labels++] = (struct profile_label){.key = profile_string(p, key),
                                                      .str = profile_string(p, str),
                                                      .num = num,
                                                      .num_unit = profile_string(p, unit)};
}

/* What is left: names of functions, `/` between inlined ones' locations, a space between samples.
 */
static void expect_stacks(const struct profile *p, const char *expected) {
    char text[256] = "";

    for (size_t i = 0; i < p->n_samples; i++) {
        const struct profile_sample *s = &p->samples[i];
        strcat(text, i ? " " : "");
        for (size_t l = 0; l < s->n_locations; l++)
            for (size_t k = 0; k < s->locations[l]->n_lines; k++)
                strcat(text, s->locations[l]->lines[k].function->name);
    }
    assert_string_equal(text, expected);
    assert_int_equal(p->mappings[0]->id, 77);
    for (size_t i = 0; i < p->n_locations; i++)
        assert_int_equal(p->locations[i]->id, 1001 + i);
}

static struct options no_options(void) {
    return (struct options){.unit = "minimum",
                            .tagroot = "",
                            .tagleaf = "",
                            .focus = "",
                            .ignore = "",
                            .prune_from = "",
                            .hide = "",
                            .show = "",
                            .show_from = "",
                            .tagfocus = "",
                            .tagignore = "",
                            .tagshow = "",
                            .taghide = ""};
}

static void apply(struct profile *p, const struct options *o) {
    char why[512] = "";

    if (filter_apply(p, o, why, sizeof(why)) != 0)
        fail_msg("%s", why);
}

/* ---- names */

static struct profile *three_stacks(void) {
    struct profile *p = new_profile();

    add(p, "CBA");
    add(p, "DBA");
    add(p, "E");
    add(p, "");
    return p;
}

#define EXPECT(option, value, stacks)                                                              \
    do {                                                                                           \
        struct profile *p = three_stacks();                                                        \
        struct options o = no_options();                                                           \
        o.option = value;                                                                          \
        apply(p, &o);                                                                              \
        expect_stacks(p, stacks);                                                                  \
        profile_free(p);                                                                           \
    } while (0)

static void filters_by_name(void **state) {
    EXPECT(focus, "B", "CBA DBA");
    EXPECT(focus, "^C.c$", "CBA"); /* a file */
    EXPECT(focus, "program", "CBA DBA E");
    EXPECT(focus, "nothing", "");
    EXPECT(ignore, "D", "CBA E");
    EXPECT(hide, "B", "CA DA E");
    EXPECT(hide, "E|A", "CB DB");
    EXPECT(hide, "program", "");
    EXPECT(show, "B|E", "B B E");
    EXPECT(show, "program", "CBA DBA E");
    EXPECT(show_from, "B", "CB DB");
    EXPECT(show_from, "program", "CBA DBA E");
    EXPECT(prune_from, "B", "BA BA E ");
    EXPECT(focus, "", "CBA DBA E ");
}

/* The examples of profile.ShowFrom and profile.PruneFrom. */
static void shows_and_prunes_from(void **state) {
    static const char *const cases[][3] = {
        {"A", "BCBA", "A"}, {"B", "BCB", "BCBA"},   {"C", "BC", "CBA"},
        {"D", "", "BCBA"},  {"A|C", "BCBA", "CBA"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct options from = no_options(), prune = no_options();
        struct profile *p = new_profile(), *q = new_profile();
        from.show_from = prune.prune_from = (char *)cases[i][0];
        add(p, "BCBA");
        add(q, "BCBA");
        apply(p, &from);
        apply(q, &prune);
        expect_stacks(p, cases[i][1]);
        expect_stacks(q, cases[i][2]);
        profile_free(p);
        profile_free(q);
    }
}

/* Inlined calls go one by one; a location without lines is hidden by show. */
static void filters_inlined_calls(void **state) {
    struct options o = no_options();
    struct profile *p = new_profile();

    location(p, "XYZ");
    location(p, "");
    add(p, "0A");
    add(p, "1A");
    o.hide = "Y";
    apply(p, &o);
    expect_stacks(p, "XZA A");
    assert_int_equal(p->samples[1].n_locations, 2);
    o.hide = "";
    o.show = "X|A";
    apply(p, &o);
    expect_stacks(p, "XA A");
    assert_int_equal(p->samples[1].n_locations, 1);
    profile_free(p);
    p = new_profile();
    location(p, "XYZ");
    add(p, "B0A");
    o = no_options();
    o.show_from = "Y";
    apply(p, &o);
    expect_stacks(p, "BXY");
    profile_free(p);
}

static void says_what_is_wrong(void **state) {
    struct profile *p = three_stacks();
    struct options o = no_options();
    char why[512] = "";

    o.focus = "a**";
    assert_int_equal(filter_apply(p, &o, why, sizeof(why)), -EINVAL);
    assert_string_equal(
        why,
        "parsing focus regexp: error parsing regexp: invalid nested repetition operator: `**`");
    o.focus = "";
    o.tagignore = "x,(";
    assert_int_equal(filter_apply(p, &o, why, sizeof(why)), -EINVAL);
    assert_string_equal(why,
                        "parsing tagignore regexp: error parsing regexp: missing closing ): `(`");
    expect_stacks(p, "CBA DBA E ");
    profile_free(p);
}

/* ---- uninteresting frames */

static void expect_pruned(const char *drop, const char *keep, const char *stacks) {
    struct profile *p = new_profile();
    char why[512] = "";

    location(p, "XB");
    add(p, "BCBA");
    add(p, "CA");
    add(p, "D0A");
    add(p, "B");
    p->drop_frames = drop;
    p->keep_frames = keep;
    assert_int_equal(filter_uninteresting(p, why, sizeof(why)), 0);
    expect_stacks(p, stacks);
    profile_free(p);
}

static void prunes_uninteresting_frames(void **state) {
    char why[512] = "";
    struct profile *p = new_profile();

    expect_pruned("", "", "BCBA CA DXBA B");
    expect_pruned("B", "", "A CA A B");
    expect_pruned("B|C", "C", "A CA A B");
    expect_pruned("C", "", "BA A DXBA B");
    expect_pruned("X", "", "BCBA CA BA B");
    expect_pruned("A", "", "BCBA CA DXBA B"); /* nothing before it would stay */
    p->drop_frames = "*";
    assert_int_equal(filter_uninteresting(p, why, sizeof(why)), -EINVAL);
    assert_string_equal(why, "failed to compile regexp *: error parsing regexp: missing argument "
                             "to repetition operator: `*`");
    profile_free(p);
}

static void expect_prune_name(const char *name, const char *expected) {
    char *pruned = prune_name(name);

    assert_string_equal(pruned, expected);
    free(pruned);
}

static void simplifies_names(void **state) {
    expect_prune_name(".f", "f");
    expect_prune_name("f(int)", "f");
    expect_prune_name("(anonymous namespace)::f(int)", "(anonymous namespace)::f");
    expect_prune_name("a::operator()(int)", "a::operator()");
    expect_prune_name("(x)", "");
}

/* ---- labels */

static struct profile *labelled(void) {
    struct profile *p = new_profile();
    struct profile_sample *s = add(p, "A");

    label(p, s, "thread", "worker", 0, "");
    label(p, s, "bytes", "", 4096, "");
    s = add(p, "B");
    label(p, s, "thread", "main", 0, "");
    label(p, s, "thread", "second", 0, "");
    label(p, s, "latency", "", 15, "milliseconds");
    s = add(p, "C");
    label(p, s, "latency", "", 2, "seconds");
    label(p, s, "state", "worker", 0, "");
    add(p, "D");
    return p;
}

static void expect_tagged(const char *expression, const char *stacks) {
    struct profile *p = labelled();
    struct options o = no_options();

    o.tagfocus = (char *)expression;
    apply(p, &o);
    expect_stacks(p, stacks);
    profile_free(p);
}

static void focuses_on_labels(void **state) {
    expect_tagged("worker", "A C");
    expect_tagged("thread:worker", "A");
    expect_tagged("thread=worker", "A");
    expect_tagged("thread=wor|sec", "A B");
    expect_tagged("thread=main,worker", "A B"); /* any */
    expect_tagged("main,second", "B");          /* all */
    expect_tagged("main,worker", "");
    expect_tagged("=worker", "A C");
    expect_tagged("thread=", "A B");
    expect_tagged("4kb", "A");
    expect_tagged("bytes=4096b", "A");
    expect_tagged("state=4kb", "");
    /* the unit of the first one is that of the key, whatever the others say */
    expect_tagged("10ms:1s", "B");
    expect_tagged(":1s", "B C");
    expect_tagged("latency=1ms:", "B C");
    expect_tagged("latency=1s:", "");
    expect_tagged("1s:2kb", "");
    expect_tagged("-5:5000b", ""); /* of no unit and of bytes: no range */
}

static void shows_and_hides_labels(void **state) {
    struct profile *p = labelled();
    struct options o = no_options();

    o.tagshow = "^(thread|latency)$";
    o.taghide = "lat";
    apply(p, &o);
    expect_stacks(p, "A B C D");
    assert_int_equal(p->samples[0].n_labels, 1);
    assert_int_equal(p->samples[1].n_labels, 2);
    assert_int_equal(p->samples[2].n_labels, 0);
    profile_free(p);
}

static void makes_frames_of_labels(void **state) {
    struct profile *p = labelled();
    struct options o = no_options();
    const struct profile_sample *s;

    o.tagroot = "thread,state";
    o.tagleaf = "latency,";
    o.unit = "us";
    assert_int_equal(filter_tag_frames(p, &o), 0);
    s = &p->samples[1];
    assert_int_equal(s->n_locations, 4);
    assert_string_equal(s->locations[0]->lines[0].function->name, "15000us");
    assert_string_equal(s->locations[0]->lines[0].function->filename, "latency");
    assert_string_equal(s->locations[1]->lines[0].function->name, "B");
    assert_string_equal(s->locations[2]->lines[0].function->name, "");
    assert_string_equal(s->locations[2]->lines[0].function->filename, "state");
    assert_string_equal(s->locations[3]->lines[0].function->name, "main,second");
    /* the same value is the same location */
    assert_ptr_equal(p->samples[0].locations[0], p->samples[3].locations[0]);
    assert_int_equal(profile_check(p, NULL, 0), 0);
    profile_free(p);
}

static void knows_the_units_of_labels(void **state) {
    struct profile *p = labelled();
    struct label_units *u;

    label(p, &p->samples[3], "alignment", "", 8, "");
    u = label_units_new(p);
    assert_string_equal(label_unit(u, "latency"), "milliseconds");
    assert_string_equal(label_unit(u, "bytes"), "bytes");
    assert_string_equal(label_unit(u, "alignment"), "bytes");
    assert_string_equal(label_unit(u, "thread"), "");
    label_units_free(u);
    label_units_free(NULL);
    profile_free(p);
}

/* ---- the rest */

static void aggregates(void **state) {
    struct profile *p = new_profile();
    struct profile_location *l = location(p, "XY");

    l->address = 5;
    p->mappings[0]->has_line_numbers = p->mappings[0]->has_functions = true;
    assert_int_equal(filter_aggregate(p, GRANULARITY_ADDRESSES, false, false), 0);
    assert_int_equal(l->lines[0].column, 3);
    assert_int_equal(filter_aggregate(p, GRANULARITY_LINES, false, true), 0);
    assert_int_equal(l->address, 0);
    assert_int_equal(l->lines[0].column, 3);
    assert_string_equal(l->lines[0].function->filename, "X.c");
    assert_int_equal(filter_aggregate(p, GRANULARITY_FUNCTIONS, true, true), 0);
    assert_int_equal(l->n_lines, 1);
    assert_string_equal(l->lines[0].function->name, "Y");
    assert_string_equal(l->lines[0].function->filename, "");
    assert_int_equal(l->lines[0].line, 0);
    assert_false(p->mappings[0]->has_line_numbers);
    assert_true(p->mappings[0]->has_functions);
    profile_free(p);
}

static void expect_index(struct profile *p, const char *name, int result, size_t index,
                         const char *reason) {
    char why[256] = "";
    size_t is = 99;

    assert_int_equal(filter_sample_index(p, name, &is, why, sizeof(why)), result);
    if (result == 0)
        assert_int_equal(is, index);
    assert_string_equal(why, reason);
}

static void finds_sample_types(void **state) {
    struct profile *p = new_profile(), *none = profile_new();

    expect_index(p, "", 0, 1, "");
    p->default_sample_type = "samples";
    expect_index(p, "", 0, 0, "");
    expect_index(p, "1", 0, 1, "");
    expect_index(p, "space", 0, 1, "");
    expect_index(p, "inuse_space", 0, 1, "");
    expect_index(p, "2", -EINVAL, 0, "sample_index 2 is outside the range [0..1]");
    expect_index(p, "-1", -EINVAL, 0, "sample_index -1 is outside the range [0..1]");
    expect_index(p, "a\"b", -EINVAL, 0, "sample_index \"a\\\"b\" must be one of: [samples space]");
    expect_index(none, "", -EINVAL, 0, "profile has no samples");
    profile_free(p);
    profile_free(none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_by_name),
        cmocka_unit_test(shows_and_prunes_from),
        cmocka_unit_test(filters_inlined_calls),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(prunes_uninteresting_frames),
        cmocka_unit_test(simplifies_names),
        cmocka_unit_test(focuses_on_labels),
        cmocka_unit_test(shows_and_hides_labels),
        cmocka_unit_test(makes_frames_of_labels),
        cmocka_unit_test(knows_the_units_of_labels),
        cmocka_unit_test(aggregates),
        cmocka_unit_test(finds_sample_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
