/* Heap profiles in text: of Go (debug=1), of tcmalloc and jemalloc (heap, heap_v2, heapz_v2,
 * heapprofile), of address space growth and of fragmentation. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "reader/source/legacy.h"

/* How a heap profile was sampled. */
struct heap {
    bool sampled;   /* by a Poisson process of mean gap p->period */
    bool has_alloc; /* columns of all allocations differ from those of live memory */
};

/* `N: BYTES [N: BYTES]`, as text. */
struct amounts {
    struct text in_use, in_use_bytes, alloc, alloc_bytes;
};

static bool take_signed(struct text *t, struct text *number) {
    *number = *t;
    text_take_char(t, '-');
    if (!text_take_run(t, text_is_digit, NULL)) {
        *t = *number;
        return false;
    }
    number->end = t->at;
    return true;
}

static bool take_pair(struct text *t, struct text *count, struct text *bytes, bool is_signed) {
    bool there = is_signed ? take_signed(t, count) : text_take_run(t, text_is_digit, count);

    if (!there || !text_take_char(t, ':'))
        return false;
    text_skip_blanks(t);
    return is_signed ? take_signed(t, bytes) : text_take_run(t, text_is_digit, bytes);
}

static bool take_amounts(struct text *t, struct amounts *a, bool is_signed) {
    if (!take_pair(t, &a->in_use, &a->in_use_bytes, is_signed))
        return false;
    text_skip_blanks(t);
    if (!text_take_char(t, '['))
        return false;
    text_skip_blanks(t);
    if (!take_pair(t, &a->alloc, &a->alloc_bytes, false))
        return false;
    text_skip_blanks(t);
    return text_take_char(t, ']');
}

/* ---- the header */

static bool is_name(char c) {
    return c == '_' || text_is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool same(struct text a, struct text b) {
    return text_bytes(a) == text_bytes(b) && memcmp(a.at, b.at, text_bytes(a)) == 0;
}

/* Behind the `@`: what kind, and the rate. False for another kind. */
static bool take_kind(struct text t, struct legacy *l, struct heap *h) {
    struct text name, digits;
    int64_t rate = 0;

    if (!text_take_run(&t, is_name, &name))
        return false;
    text_take_char(&t, '/');
    if (text_take_run(&t, text_is_digit, &digits) && !text_i64(digits, 10, &rate, NULL))
        return false;
    if (text_is(name, "heapz_v2") || text_is(name, "heap_v2")) {
        *h = (struct heap){.sampled = true};
        l->p->period = rate;
    } else if (text_is(name, "heapprofile")) {
        l->p->period = 1;
    } else if (text_is(name, "heap")) {
        *h = (struct heap){.sampled = true};
        l->p->period = rate / 2;
    } else {
        return false;
    }
    return true;
}

/* Parses what is behind `heap profile:`. */
static bool take_header(struct text t, struct legacy *l, struct heap *h) {
    struct amounts a;

    text_skip_blanks(&t);
    if (!take_amounts(&t, &a, false))
        return false;
    if (text_starts(t, " @ growth") || text_starts(t, " @ fragmentation")) {
        l->p->period = 1;
        return true;
    }
    text_skip_blanks(&t);
    if (!text_take_char(&t, '@'))
        return false;
    text_skip_blanks(&t);
    if (!take_kind(t, l, h))
        return false;
    h->has_alloc = (!same(a.alloc, a.in_use) && !text_is(a.alloc, "0")) ||
                   (!same(a.alloc_bytes, a.in_use_bytes) && !text_is(a.alloc_bytes, "0"));
    return true;
}

static bool parse_header(struct legacy *l, struct heap *h) {
    static const char name[] = "heap profile:";
    struct text t = l->line;
    const char *at;

    while ((at = memmem(t.at, text_bytes(t), name, sizeof(name) - 1)) != NULL) {
        t.at = at + sizeof(name) - 1;
        if (take_header(t, l, h))
            return true;
    }
    return false;
}

/* ---- samples */

/* What was there for this much to have been sampled. */
static void unsample(int64_t *count, int64_t *bytes, int64_t rate) {
    double average, scale;

    if (*count == 0 || *bytes == 0) {
        *count = *bytes = 0;
        return;
    }
    if (rate <= 1)
        return;
    average = (double)*bytes / (double)*count;
    scale = 1 / (1 - exp(-average / (double)rate));
    *count = legacy_i64((double)*count * scale);
    *bytes = legacy_i64((double)*bytes * scale);
}

/* Two values, and the size of one block. */
static int take_values(struct legacy *l, const struct heap *h, const char *what, struct text count,
                       struct text bytes, int64_t values[2], int64_t *block_bytes) {
    int err = legacy_number(l, count, &values[0]);

    err = err ? err : legacy_number(l, bytes, &values[1]);
    if (err < 0)
        return err;
    if (values[0] == 0 && values[1] != 0)
        return legacy_malformed(l, "%s count was 0 but %s bytes was %" PRId64, what, what,
                                values[1]);
    if (values[0] == 0)
        return 0;
    /* The lowest number has no positive. */
    *block_bytes = values[0] == -1 ? (int64_t)(0 - (uint64_t)values[1]) : values[1] / values[0];
    if (h->sampled)
        unsample(&values[0], &values[1], l->p->period);
    return 0;
}

/* Finds `N: BYTES [N: BYTES] @` in the line; *t is what follows. Where a number begins that leads
 * nowhere, its other digits need no try. */
static bool find_sample(struct text line, struct amounts *a, struct text *t) {
    while (line.at < line.end) {
        *t = line;
        if (take_amounts(t, a, true) && text_take(t, " @"))
            return true;
        if (!text_take_run(&line, text_is_digit, NULL))
            line.at++;
    }
    return false;
}

static int parse_sample(struct legacy *l, const struct heap *h) {
    struct profile_label label = {.key = "bytes", .str = "", .num_unit = ""};
    struct amounts a;
    struct text rest, addresses;
    int64_t values[4] = {0}, *in_use = h->has_alloc ? &values[2] : values;
    int err = 0;

    if (!find_sample(l->line, &a, &rest))
        return legacy_malformed(l, "unexpected number of sample values: got 0, want 6");
    if (h->has_alloc)
        err = take_values(l, h, "allocation", a.alloc, a.alloc_bytes, values, &label.num);
    err = err ? err : take_values(l, h, "inuse", a.in_use, a.in_use_bytes, in_use, &label.num);
    text_take_run(&rest, legacy_is_address, &addresses);
    if (err == 0)
        err = legacy_take_addresses(l, addresses);
    legacy_addresses_of_calls(l, 0);
    return err ? err : legacy_add_sample(l, values, &label);
}

int legacy_heap(struct legacy *l) {
    static const char *const all[] = {"alloc_objects", "count",         "alloc_space",
                                      "bytes",         "inuse_objects", "count",
                                      "inuse_space",   "bytes",         NULL};
    static const char *const live[] = {"objects", "count", "space", "bytes", NULL};
    struct heap h = {0};
    int err;

    legacy_next(l);
    if (!parse_header(l, &h))
        return LEGACY_OTHER;
    err = legacy_types(l, h.has_alloc ? all : live, "space", "bytes");
    while (err == 0 && legacy_next(l)) {
        l->line = text_trimmed(l->line);
        if (legacy_is_space_or_comment(l->line))
            continue;
        if (legacy_is_maps_sentinel(l->line))
            break;
        err = parse_sample(l, &h);
    }
    return err ? err : legacy_additional_sections(l);
}
