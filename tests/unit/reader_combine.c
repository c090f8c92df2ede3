/* Several profiles as one, and one without another; tests/reader/run compares the same with pprof.
 */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <stdio.h>

#include "reader/source/combine.h"
#include "reader/source/source.h"

/* One sample of two values at one address of one mapping, one more mapping that nothing needs. */
static struct profile *of_types(const char *first, const char *first_unit, const char *second,
                                const char *second_unit, int64_t a, int64_t b) {
    struct profile *p = profile_new();
    struct profile_mapping *m = profile_add_mapping(p), *unused = profile_add_mapping(p);
    struct profile_location *l = profile_add_location(p);
    struct profile_sample *s = profile_add_sample(p);

    profile_add_sample_type(p, first, first_unit);
    profile_add_sample_type(p, second, second_unit);
    p->period_type = (struct profile_value_type){.type = "cpu", .unit = "ns"};
    m->limit = 0x1000;
    m->file = "program";
    unused->limit = 0x2000;
    unused->file = "unused";
    l->mapping = m;
    l->address = 0x10;
    s->locations = profile_alloc(p, sizeof(l));
    s->locations[s->n_locations++] = l;
    s->values = profile_alloc(p, 2 * sizeof(*s->values));
    s->values[0] = a;
    s->values[1] = b;
    return p;
}

static struct profile *combined(struct profile *a, struct profile *b) {
    struct profile *both[] = {a, b}, *out = NULL;
    char why[512] = "";

    if (source_combine_all(both, b ? 2 : 1, &out, why, sizeof(why)) != 0)
        fail_msg("%s", why);
    return out;
}

static void keeps_common_types_in_the_finest_units(void **state) {
    struct profile *p = combined(of_types("n", "count", "cpu", "ms", 1, 3),
                                 of_types("cpu", "us", "other", "count", 5, 7));

    assert_int_equal(p->n_sample_types, 1);
    assert_string_equal(p->sample_types[0].type, "cpu");
    assert_string_equal(p->sample_types[0].unit, "us");
    assert_string_equal(p->default_sample_type, "cpu");
    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->samples[0].values[0], 3005);
    assert_int_equal(p->n_mappings, 1); /* only what is needed */
    profile_free(p);
}

static void leaves_one_as_it_is(void **state) {
    struct profile *p = of_types("n", "count", "cpu", "ms", 1, 3);

    assert_ptr_equal(combined(p, NULL), p);
    assert_int_equal(p->n_mappings, 2);
    profile_free(p);
}

static void refuses_what_has_nothing_in_common(void **state) {
    struct profile *both[] = {of_types("a", "", "b", "", 1, 1), of_types("c", "", "d", "", 1, 1)};
    struct profile *out;
    char why[512] = "";

    assert_int_equal(source_combine_all(both, 2, &out, why, sizeof(why)), -EINVAL);
    assert_string_equal(why, "profiles have empty common sample type list");
    both[0] = of_types("a", "ms", "b", "", 1, 1);
    both[1] = of_types("a", "bytes", "b", "", 1, 1);
    assert_int_equal(source_combine_all(both, 2, &out, why, sizeof(why)), -EINVAL);
    assert_string_equal(why, "sample types: incompatible types: {a ms 0 0} {a bytes 0 0}");
}

static struct profile *without(struct profile *p, struct profile *base, bool diff, bool normalize) {
    struct profile *out = NULL;
    char why[512] = "";

    if (source_subtract_base(p, base, diff, normalize, &out, why, sizeof(why)) != 0)
        fail_msg("%s", why);
    return out;
}

static void subtracts(void **state) {
    struct profile *p = without(of_types("n", "count", "cpu", "ns", 10, 100),
                                of_types("n", "count", "cpu", "ns", 4, 100), false, false);

    assert_int_equal(p->n_samples, 1);
    assert_int_equal(p->samples[0].values[0], 6);
    assert_int_equal(p->samples[0].values[1], 0);
    profile_free(p);
    p = without(of_types("n", "count", "cpu", "ns", 10, 100),
                of_types("n", "count", "cpu", "ns", 10, 100), false, false);
    assert_int_equal(p->n_samples, 0);
    profile_free(p);
}

static void marks_the_base_of_a_diff(void **state) {
    struct profile *p = without(of_types("n", "count", "cpu", "ns", 10, 100),
                                of_types("n", "count", "cpu", "ns", 4, 100), true, false);

    assert_int_equal(p->n_samples, 2);
    assert_int_equal(p->samples[0].n_labels, 0);
    assert_int_equal(p->samples[1].values[0], -4);
    assert_string_equal(p->samples[1].labels[0].key, "pprof::base");
    assert_string_equal(p->samples[1].labels[0].str, "true");
    profile_free(p);
}

static void normalizes_to_the_base(void **state) {
    struct profile *base = of_types("n", "count", "cpu", "ns", 4, 100), *out;
    struct profile *p = without(of_types("n", "count", "cpu", "ns", 10, 300), base, false, true);
    char why[512] = "";

    assert_int_equal(p->n_samples, 0); /* 10 * 4 / 10 - 4, 300 * 100 / 300 - 100 */
    profile_free(p);
    assert_int_equal(source_subtract_base(of_types("n", "count", "cpu", "ns", 1, 1),
                                          of_types("n", "count", "cpu", "ms", 1, 1), false, true,
                                          &out, why, sizeof(why)),
                     -EINVAL);
}

/* A sample goes whose scaled values are 0, whatever the others are. */
static void scales(void **state) {
    struct profile *p = of_types("n", "count", "cpu", "ns", 5, 3);

    source_scale(p, (const double[]){1, 0.5});
    assert_int_equal(p->samples[0].values[0], 5);
    assert_int_equal(p->samples[0].values[1], 2); /* away from 0 */
    source_scale(p, (const double[]){1, 0.1});
    assert_int_equal(p->n_samples, 0);
    profile_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_common_types_in_the_finest_units),
        cmocka_unit_test(leaves_one_as_it_is),
        cmocka_unit_test(refuses_what_has_nothing_in_common),
        cmocka_unit_test(subtracts),
        cmocka_unit_test(marks_the_base_of_a_diff),
        cmocka_unit_test(normalizes_to_the_base),
        cmocka_unit_test(scales),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
