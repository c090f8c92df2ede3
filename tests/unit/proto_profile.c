/* The model: adding, finding, numbering, the rules of profile_check. */
#include "tests/unit/proto_fixture.h"

#include <errno.h>
#include <stdio.h>

static void a_new_profile_is_empty_and_valid(void **state) {
    struct profile *p = profile_new();

    assert_non_null(p);
    assert_string_equal(p->doc_url, "");
    assert_string_equal(p->period_type.unit, "");
    assert_int_equal(profile_check(p, NULL, 0), 0);
    profile_free(p);
    profile_free(NULL);
}

static void equal_strings_are_one_copy(void **state) {
    struct profile *p = profile_new();
    char text[32];
    const char *all[5000];

    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "string %d", i);
        all[i] = profile_string(p, text);
        assert_ptr_not_equal(all[i], text);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "string %d and more", i);
        assert_ptr_equal(profile_string_n(p, text, strlen(text) - 9), all[i]);
    }
    assert_string_equal(profile_string_n(p, "ab\0cd", 5), "ab");
    assert_string_equal(profile_string(p, ""), "");
    profile_free(p);
}

static void lists_keep_their_content_and_order_when_they_grow(void **state) {
    struct profile *p = profile_new();

    for (uint64_t i = 1; i <= 3000; i++) {
        profile_add_location(p)->address = i * 16;
        profile_add_sample(p)->n_locations = i;
        assert_int_equal(profile_add_mapping(p)->id, i);
    }
    for (uint64_t i = 1; i <= 3000; i++) {
        assert_int_equal(p->locations[i - 1]->address, i * 16);
        assert_int_equal(p->locations[i - 1]->id, i);
        assert_int_equal(p->samples[i - 1].n_locations, i);
    }
    profile_free(p);
}

static void a_list_that_the_user_made_can_grow(void **state) {
    struct profile *p = profile_new();
    static const char *mine[1] = {"mine"};

    assert_int_equal(profile_add_comment(p, "old"), 0);
    p->comments = mine;
    p->n_comments = 1;
    assert_int_equal(profile_add_comment(p, "new"), 0);
    assert_string_equal(p->comments[0], "mine");
    assert_string_equal(p->comments[1], "new");
    profile_free(p);
}

static void functions_are_found_by_all_four_fields(void **state) {
    struct profile *p = profile_new();
    struct profile_function *f = profile_function(p, "f", "_Zf", "f.c", 1);

    assert_ptr_equal(profile_function(p, "f", "_Zf", "f.c", 1), f);
    assert_ptr_not_equal(profile_function(p, "g", "_Zf", "f.c", 1), f);
    assert_ptr_not_equal(profile_function(p, "f", "_Zg", "f.c", 1), f);
    assert_ptr_not_equal(profile_function(p, "f", "_Zf", "g.c", 1), f);
    assert_ptr_not_equal(profile_function(p, "f", "_Zf", "f.c", 2), f);
    assert_int_equal(p->n_functions, 5);
    for (int i = 0; i < 1000; i++)
        profile_function(p, "many", "", "", i);
    assert_ptr_equal(profile_function(p, "f", "_Zf", "f.c", 1), f);
    assert_int_equal(p->n_functions, 1005);
    profile_free(p);
}

static void renumbering_gives_ids_from_one_in_order(void **state) {
    struct profile *p = full_profile();

    p->mappings[0]->id = 77;
    p->locations[0]->id = 99;
    p->functions[1]->id = 1234;
    profile_renumber(p);
    assert_int_equal(p->mappings[0]->id, 1);
    for (size_t i = 0; i < p->n_locations; i++)
        assert_int_equal(p->locations[i]->id, i + 1);
    for (size_t i = 0; i < p->n_functions; i++)
        assert_int_equal(p->functions[i]->id, i + 1);
    profile_free(p);
}

/* ---- profile_check: each breaks a full profile in one way */

static void no_sample_types(struct profile *p) {
    p->n_sample_types = 0;
}
static void nil_location(struct profile *p) {
    p->samples[0].locations[1] = NULL;
}
static void foreign_location(struct profile *p) {
    static struct profile_location other = {.id = 1};
    p->samples[0].locations[1] = &other;
}
static void nil_values(struct profile *p) {
    p->samples[1].values = NULL;
}
static void nil_label_key(struct profile *p) {
    p->samples[0].labels[0].key = NULL;
}
static void nil_mapping(struct profile *p) {
    p->mappings[0] = NULL;
}
static void mapping_0(struct profile *p) {
    p->mappings[0]->id = 0;
}
static void mapping_twice(struct profile *p) {
    profile_add_mapping(p)->id = 1;
}
static void nil_mapping_file(struct profile *p) {
    p->mappings[0]->file = NULL;
}
static void nil_function(struct profile *p) {
    p->functions[0] = NULL;
}
static void function_0(struct profile *p) {
    p->functions[0]->id = 0;
}
static void function_twice(struct profile *p) {
    p->functions[1]->id = 1;
}
static void nil_function_name(struct profile *p) {
    p->functions[2]->name = NULL;
}
static void nil_location_entry(struct profile *p) {
    p->locations[2] = NULL;
}
static void location_0(struct profile *p) {
    p->locations[2]->id = 0;
}
static void location_twice(struct profile *p) {
    p->locations[2]->id = 2;
}
static void foreign_mapping(struct profile *p) {
    static struct profile_mapping other = {.id = 1, .file = "", .build_id = ""};
    p->locations[0]->mapping = &other;
}
static void line_without_function(struct profile *p) {
    p->locations[1]->lines[0].function = NULL;
}
static void foreign_function(struct profile *p) {
    static struct profile_function other = {.id = 9};
    p->locations[1]->lines[1].function = &other;
}
static void nil_doc_url(struct profile *p) {
    p->doc_url = NULL;
}
static void nil_unit(struct profile *p) {
    p->sample_types[1].unit = NULL;
}
static void nil_comment(struct profile *p) {
    p->comments[1] = NULL;
}

static void each_rule_of_check_refuses_with_its_text(void **state) {
    static const struct {
        void (*break_it)(struct profile *p);
        const char *why;
    } rules[] = {
        {no_sample_types, "missing sample type information"},
        {nil_location, "sample has nil location"},
        {foreign_location, "sample has inconsistent location: 1"},
        {nil_values, "sample has nil values"},
        {nil_label_key, "sample has a label with nil string"},
        {nil_mapping, "profile has nil mapping"},
        {mapping_0, "found mapping with reserved ID=0"},
        {mapping_twice, "multiple mappings with same id: 1"},
        {nil_mapping_file, "mapping id: 1 has nil string"},
        {nil_function, "profile has nil function"},
        {function_0, "found function with reserved ID=0"},
        {function_twice, "multiple functions with same id: 1"},
        {nil_function_name, "function id: 3 has nil string"},
        {nil_location_entry, "profile has nil location"},
        {location_0, "found location with reserved id=0"},
        {location_twice, "multiple locations with same id: 2"},
        {foreign_mapping, "location id: 1 has inconsistent mapping: 1"},
        {line_without_function, "location id: 2 has a line with nil function"},
        {foreign_function, "location id: 2 has inconsistent function: 9"},
        {nil_doc_url, "profile has nil string"},
        {nil_unit, "sample type has nil string"},
        {nil_comment, "profile has nil comment"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct profile *p = full_profile();
        struct bytes b = {0};
        char why[100] = "";
        assert_int_equal(profile_check(p, why, sizeof(why)), 0);
        rules[i].break_it(p);
        assert_int_equal(profile_check(p, why, sizeof(why)), -EINVAL);
        assert_string_equal(why, rules[i].why);
        assert_int_equal(profile_encode(p, keep_bytes, &b), -EINVAL);
        assert_int_equal(b.n, 0);
        profile_free(p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_profile_is_empty_and_valid),
        cmocka_unit_test(equal_strings_are_one_copy),
        cmocka_unit_test(lists_keep_their_content_and_order_when_they_grow),
        cmocka_unit_test(a_list_that_the_user_made_can_grow),
        cmocka_unit_test(functions_are_found_by_all_four_fields),
        cmocka_unit_test(renumbering_gives_ids_from_one_in_order),
        cmocka_unit_test(each_rule_of_check_refuses_with_its_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
