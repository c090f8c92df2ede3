/* tags for programs: what each value of each label counts for. Unlike pprof's text, numbers are not
 * put together by how they look in a unit: each is a row of its own. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "proto/hash.h"
#include "reader/export/index.h"
#include "reader/export/reports.h"
#include "reader/export/sums.h"
#include "reader/filter/filter.h"
#include "reader/graph/order.h"

struct tag {
    const char *key, *str; /* str "": num counts */
    int64_t num, value;
};

struct tags {
    struct tag *tags; /* owned */
    size_t n;
    struct index index;
};

static bool same_tag(const void *elements, uint32_t number, const void *key) {
    const struct tag *a = (const struct tag *)elements + number, *b = key;
    return a->num == b->num && strcmp(a->key, b->key) == 0 && strcmp(a->str, b->str) == 0;
}

static int add_label(struct tags *t, const struct profile_label *l, int64_t value) {
    struct tag key = {.key = l->key, .str = l->str, .num = l->str[0] ? 0 : l->num};
    uint64_t hash = hash_bytes(key.key, strlen(key.key), (uint64_t)key.num);

    hash = hash_bytes(key.str, strlen(key.str), hash);
    if (!grow_array(&t->tags, t->n, sizeof *t->tags))
        return -ENOMEM;
    int64_t number = index_find_or_add(&t->index, hash, same_tag, t->tags, &key, (uint32_t)t->n);
    if (number < 0)
        return -ENOMEM;
    if ((size_t)number == t->n)
        t->tags[t->n++] = key;
    add(&t->tags[number].value, value);
    return 0;
}

static int collect(struct tags *t, const struct report *r) {
    int err = 0;

    for (size_t i = 0; i < r->profile->n_samples && !err; i++) {
        const struct profile_sample *s = &r->profile->samples[i];
        int64_t divisor, value = report_sample_value(r, s, &divisor);
        for (size_t k = 0; k < s->n_labels && !err; k++)
            err = add_label(t, &s->labels[k], value);
    }
    return err;
}

/* Keys by name, then what counts most. */
static int compare_tags(const void *a, const void *b) {
    const struct tag *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    if (order == 0)
        order = descending(x->value, y->value);
    if (order == 0)
        order = strcmp(x->str, y->str);
    if (order == 0)
        order = x->num < y->num ? -1 : x->num > y->num;
    return order;
}

enum { TAG_FIELDS = 6 };

static struct field *tag_fields(struct field *at, const struct report *r, const struct tag *tag,
                                char text[24]) {
    bool numeric = tag->str[0] == '\0';

    snprintf(text, 24, "%" PRId64, tag->num);
    *at++ = field_string("key", tag->key);
    *at++ = field_string("label", numeric ? text : tag->str);
    *at = field_int("number", tag->num);
    if (!numeric)
        at->type = FIELD_NONE;
    at++;
    *at++ = field_string("number_unit", numeric ? label_unit(r->label_units, tag->key) : "");
    *at++ = field_int("value", export_value(r, tag->value));
    *at++ = field_percent("percent", tag->value, r->total);
    return at;
}

static void write_json(const struct report *r, const struct tags *t, FILE *to) {
    struct json j = {.to = to};
    struct field fields[TAG_FIELDS];
    char text[24];

    export_open(&j, r, "tags");
    json_put_int(&j, "total", export_value(r, r->total));
    json_open_object(&j, "profile");
    export_profile(&j, r);
    json_close(&j);
    json_open_list(&j, "tags");
    for (size_t i = 0; i < t->n; i++)
        json_object(&j, fields, (size_t)(tag_fields(fields, r, &t->tags[i], text) - fields));
    json_close_all(&j);
}

static void write_csv(const struct report *r, const struct tags *t, FILE *to) {
    static const struct tag no_tag = {.key = "", .str = ""};
    struct field fields[TAG_FIELDS + TYPE_FIELDS];
    char text[24];

    struct field *end = export_type_fields(tag_fields(fields, r, &no_tag, text), r);
    csv_header(to, fields, (size_t)(end - fields));
    for (size_t i = 0; i < t->n; i++) {
        end = export_type_fields(tag_fields(fields, r, &t->tags[i], text), r);
        csv_fields(to, fields, (size_t)(end - fields));
    }
}

int export_tags(struct report *r, enum export_form form, FILE *to, char *why, size_t why_bytes) {
    struct tags t = {0};
    int err = collect(&t, r);

    if (!err && t.n > 0)
        qsort(t.tags, t.n, sizeof *t.tags, compare_tags);
    if (!err && form == EXPORT_CSV)
        write_csv(r, &t, to);
    else if (!err)
        write_json(r, &t, to);
    index_release(&t.index);
    free(t.tags);
    return err;
}
