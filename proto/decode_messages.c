/* The decoder's lower half: values of fields, and one function for each message of profile.proto
 * that takes one field of it. A field is checked for its wire type when it is taken; unknown fields
 * are skipped.
 *
 * Messages with lists inside are read twice, to count and to fill arrays of exactly that size. A
 * message that could not be found by its id is NULL in what refers to it. */
#include "proto/decode.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/pool.h"

int decode_malformed(struct decoder *d, const char *format, ...) {
    va_list args;

    va_start(args, format);
    if (d->why && d->why_bytes > 0)
        vsnprintf(d->why, d->why_bytes, format, args);
    va_end(args);
    return -EINVAL;
}

static int bad_wire(struct decoder *d, const char *why) {
    return decode_malformed(d, "parsing profile: unrecognized profile format: %s", why);
}

int decode_fields(struct decoder *d, struct wire message, decode_field_fn *take, void *target) {
    struct wire_field f;
    const char *why;
    int rc, err;

    while ((rc = wire_next(&message, &f, &why)) > 0) {
        err = take(d, &f, target);
        if (err < 0)
            return err;
    }
    return rc < 0 ? bad_wire(d, why) : 0;
}

/* ---- values of fields */

int decode_need_type(struct decoder *d, const struct wire_field *f, enum wire_type type) {
    return f->type == type ? 0 : bad_wire(d, "type mismatch");
}

static int take_u64(struct decoder *d, const struct wire_field *f, uint64_t *to) {
    int err = decode_need_type(d, f, WIRE_VARINT);

    if (err == 0)
        *to = f->value;
    return err;
}

int decode_i64(struct decoder *d, const struct wire_field *f, int64_t *to) {
    uint64_t value = 0;
    int err = take_u64(d, f, &value);

    if (err == 0)
        *to = (int64_t)value;
    return err;
}

static int take_bool(struct decoder *d, const struct wire_field *f, bool *to) {
    uint64_t value = 0;
    int err = take_u64(d, f, &value);

    if (err == 0)
        *to = value != 0;
    return err;
}

int decode_string_at(struct decoder *d, uint64_t index, const char **to) {
    if (index >= d->n_strings)
        return decode_malformed(
            d, "parsing profile: malformed profile format: string %" PRId64 " of %zu",
            (int64_t)index, d->n_strings);
    *to = d->strings[index];
    return 0;
}

int decode_string_ref(struct decoder *d, const struct wire_field *f, const char **to) {
    int err = decode_need_type(d, f, WIRE_VARINT);

    return err ? err : decode_string_at(d, f->value, to);
}

int decode_numbers(struct decoder *d, const struct wire_field *f, decode_number_fn *take,
                   void *target) {
    struct wire packed = f->bytes;
    const char *why;
    uint64_t value;
    int rc, err;

    if (f->type == WIRE_VARINT)
        return take(d, f->value, target);
    err = decode_need_type(d, f, WIRE_BYTES);
    if (err < 0)
        return err;
    while ((rc = wire_varint(&packed, &value, &why)) > 0) {
        err = take(d, value, target);
        if (err < 0)
            return err;
    }
    return rc < 0 ? bad_wire(d, why) : 0;
}

size_t decode_count_numbers(const struct wire_field *f) {
    return f->type == WIRE_BYTES ? wire_count_varints(f->bytes) : 1;
}

/* ---- one function per message */

static int value_type_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile_value_type *v = target;

    switch (f->number) {
    case 1:
        return decode_string_ref(d, f, &v->type);
    case 2:
        return decode_string_ref(d, f, &v->unit);
    default:
        return 0;
    }
}

static int mapping_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile_mapping *m = target;

    switch (f->number) {
    case 1:
        return take_u64(d, f, &m->id);
    case 2:
        return take_u64(d, f, &m->start);
    case 3:
        return take_u64(d, f, &m->limit);
    case 4:
        return take_u64(d, f, &m->offset);
    case 5:
        return decode_string_ref(d, f, &m->file);
    case 6:
        return decode_string_ref(d, f, &m->build_id);
    case 7:
        return take_bool(d, f, &m->has_functions);
    case 8:
        return take_bool(d, f, &m->has_filenames);
    case 9:
        return take_bool(d, f, &m->has_line_numbers);
    case 10:
        return take_bool(d, f, &m->has_inline_frames);
    default:
        return 0;
    }
}

static int function_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile_function *function = target;

    switch (f->number) {
    case 1:
        return take_u64(d, f, &function->id);
    case 2:
        return decode_string_ref(d, f, &function->name);
    case 3:
        return decode_string_ref(d, f, &function->system_name);
    case 4:
        return decode_string_ref(d, f, &function->filename);
    case 5:
        return decode_i64(d, f, &function->start_line);
    default:
        return 0;
    }
}

static int line_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile_line *line = target;
    uint64_t id = 0;
    int err;

    switch (f->number) {
    case 1:
        err = take_u64(d, f, &id);
        line->function = ids_get(&d->functions, id);
        return err;
    case 2:
        return decode_i64(d, f, &line->line);
    case 3:
        return decode_i64(d, f, &line->column);
    default:
        return 0;
    }
}

static int count_line(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile_location *l = target;

    l->n_lines += f->number == 4;
    return f->number == 4 ? decode_need_type(d, f, WIRE_BYTES) : 0;
}

/* The lines have room and n_lines is how many are there. */
static int location_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct profile_location *l = target;
    uint64_t id = 0;
    int err;

    switch (f->number) {
    case 1:
        return take_u64(d, f, &l->id);
    case 2:
        err = take_u64(d, f, &id);
        l->mapping = ids_get(&d->mappings, id);
        return err;
    case 3:
        return take_u64(d, f, &l->address);
    case 4:
        return decode_fields(d, f->bytes, line_field, &l->lines[l->n_lines++]);
    case 5:
        return take_bool(d, f, &l->is_folded);
    default:
        return 0;
    }
}

/* A label as in the file; str_index tells a string label whose string is "" from a number. */
struct label {
    struct profile_label label;
    uint64_t str_index;
};

static int label_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct label *l = target;
    int err;

    switch (f->number) {
    case 1:
        return decode_string_ref(d, f, &l->label.key);
    case 2:
        err = decode_string_ref(d, f, &l->label.str);
        l->str_index = err == 0 ? f->value : 0;
        return err;
    case 3:
        return decode_i64(d, f, &l->label.num);
    case 4:
        return decode_string_ref(d, f, &l->label.num_unit);
    default:
        return 0;
    }
}

/* A string label has no number, and one that says nothing is dropped, as google/pprof does. */
static int decode_label(struct decoder *d, struct wire message, struct profile_sample *s) {
    struct label l = {.label = {.key = "", .str = "", .num_unit = ""}};
    int err = decode_fields(d, message, label_field, &l);

    if (err < 0)
        return err;
    if (l.str_index != 0) {
        l.label.num = 0;
        l.label.num_unit = "";
    }
    if (*l.label.str || l.label.num != 0 || *l.label.num_unit)
        s->labels[s->n_labels++] = l.label;
    return 0;
}

/* A sample while it is read; the first reading counts, the second fills arrays of that size. */
struct sample {
    struct profile_sample *to;
    size_t n_values;
};

static int count_sample_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct sample *s = target;

    switch (f->number) {
    case 1:
        s->to->n_locations += decode_count_numbers(f);
        return 0;
    case 2:
        s->n_values += decode_count_numbers(f);
        return 0;
    case 3:
        s->to->n_labels++;
        return decode_need_type(d, f, WIRE_BYTES);
    default:
        return 0;
    }
}

static int take_location_id(struct decoder *d, uint64_t id, void *target) {
    struct profile_sample *s = target;

    s->locations[s->n_locations++] = ids_get(&d->locations, id);
    return 0;
}

static int take_value(struct decoder *d, uint64_t value, void *target) {
    struct sample *s = target;

    s->to->values[s->n_values++] = (int64_t)value;
    return 0;
}

static int sample_field(struct decoder *d, const struct wire_field *f, void *target) {
    struct sample *s = target;

    switch (f->number) {
    case 1:
        return decode_numbers(d, f, take_location_id, s->to);
    case 2:
        return decode_numbers(d, f, take_value, s);
    case 3:
        return decode_label(d, f->bytes, s->to);
    default:
        return 0;
    }
}

/* ---- lists of a Profile: each adds one message, having been given its bytes */

int decode_string(struct decoder *d, struct wire message) {
    size_t n = (size_t)(message.end - message.at);
    const char *s = (const char *)message.at;

    if (n > 0 && memchr(s, '\0', n))
        return decode_malformed(d, "parsing profile: string %zu holds a NUL", d->n_strings);
    s = n > 0 ? profile_string_n(d->p, s, n) : "";
    if (!s)
        return -ENOMEM;
    if (d->n_strings == 0 && *s)
        return decode_malformed(d, "parsing profile: string_table[0] must be ''");
    d->strings[d->n_strings++] = s;
    return 0;
}

int decode_value_type(struct decoder *d, struct wire message, struct profile_value_type *to) {
    *to = (struct profile_value_type){.type = "", .unit = ""};
    return decode_fields(d, message, value_type_field, to);
}

int decode_sample_type(struct decoder *d, struct wire message) {
    return decode_value_type(d, message, &d->p->sample_types[d->p->n_sample_types++]);
}

int decode_mapping(struct decoder *d, struct wire message) {
    struct profile_mapping *m = profile_add_mapping(d->p);
    int err;

    if (!m)
        return -ENOMEM;
    m->id = 0;
    err = decode_fields(d, message, mapping_field, m);
    if (err == 0 && m->id != 0)
        ids_add(&d->mappings, m->id, m);
    return err;
}

int decode_function(struct decoder *d, struct wire message) {
    struct profile_function *f = profile_add_function(d->p);
    int err;

    if (!f)
        return -ENOMEM;
    f->id = 0;
    err = decode_fields(d, message, function_field, f);
    if (err == 0 && f->id != 0)
        ids_add(&d->functions, f->id, f);
    return err ? err : pool_function_add(d->p->pool, f);
}

int decode_location(struct decoder *d, struct wire message) {
    struct profile_location *l = profile_add_location(d->p);
    int err;

    if (!l)
        return -ENOMEM;
    l->id = 0;
    err = decode_fields(d, message, count_line, l);
    if (err < 0)
        return err;
    l->lines = pool_array(d->p->pool, l->n_lines, sizeof(*l->lines));
    if (!l->lines)
        return -ENOMEM;
    l->n_lines = 0;
    err = decode_fields(d, message, location_field, l);
    if (err == 0 && l->id != 0)
        ids_add(&d->locations, l->id, l);
    return err;
}

int decode_sample(struct decoder *d, struct wire message) {
    struct profile_sample *to = profile_add_sample(d->p);
    struct sample s = {.to = to};
    struct profile_pool *pool = d->p->pool;
    int err;

    if (!to)
        return -ENOMEM;
    err = decode_fields(d, message, count_sample_field, &s);
    if (err < 0)
        return err;
    if (s.n_values != d->p->n_sample_types && d->p->n_sample_types > 0)
        return decode_malformed(d,
                                "malformed profile: mismatch: sample has %zu values vs. %zu types",
                                s.n_values, d->p->n_sample_types);
    to->locations = pool_array(pool, to->n_locations, sizeof(*to->locations));
    to->values = pool_array(pool, s.n_values, sizeof(*to->values));
    to->labels = pool_array(pool, to->n_labels, sizeof(*to->labels));
    if (!to->locations || !to->values || !to->labels)
        return -ENOMEM;
    to->n_locations = to->n_labels = s.n_values = 0;
    return decode_fields(d, message, sample_field, &s);
}
