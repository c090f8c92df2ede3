/* Filters by labels: tagfocus and tagignore take samples, tagshow and taghide take labels.
 *
 * An expression is [KEY=]RANGE, of numeric labels, or [KEY=]REGEXP,..., of texts. Without a key all
 * of the regular expressions must match some `key:text`; with one, any of them its text: so it is
 * in pprof. Each pair of key and text is looked at once. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/filter/match.h"
#include "reader/measure.h"

/* One of the expressions: what is known of each text, by the addresses of key and text. */
struct tag_regexp {
    struct regexp *re;
    struct pairs seen;
};

struct tag_filter {
    char *key; /* owned; NULL: any */
    bool is_range;
    double low, high;
    char *unit;                 /* of low and high; owned */
    struct label_units *units;  /* of the profile at work; owned, or NULL */
    struct tag_regexp *regexps; /* owned */
    size_t n_regexps;
};

void tag_filter_free(struct tag_filter *f) {
    if (!f)
        return;
    for (size_t i = 0; i < f->n_regexps; i++) {
        regexp_free(f->regexps[i].re);
        pairs_release(&f->regexps[i].seen);
    }
    free(f->regexps);
    label_units_free(f->units);
    free(f->unit);
    free(f->key);
    free(f);
}

/* ---- ranges: N, N:, :N, N:M, each N a number and perhaps a unit */

struct bound {
    const char *start, *unit, *end;
};

static bool find_bound(const char *text, struct bound *b) {
    for (const char *at = text; *at; at++) {
        const char *digits = at + (*at == '+' || *at == '-');
        if (!isdigit((unsigned char)*digits))
            continue;
        b->start = at;
        for (b->unit = digits; isdigit((unsigned char)*b->unit); b->unit++)
            ;
        for (b->end = b->unit; isalpha((unsigned char)*b->end); b->end++)
            ;
        return true;
    }
    return false;
}

/* In `unit`, or its own unit, which is then *unit, malloc'ed. */
static int scale_bound(const struct bound *b, char **unit, double *to, bool *same_unit, char *why,
                       size_t why_bytes) {
    char *own = strndup(b->unit, (size_t)(b->end - b->unit)), *copy;
    const char *scaled = "";
    int64_t value;

    if (!own)
        return -ENOMEM;
    errno = 0;
    value = strtoll(b->start, NULL, 10);
    if (errno) {
        snprintf(why, why_bytes, "failed to parse int %.*s: value out of range",
                 (int)(b->unit - b->start), b->start);
        free(own);
        return -EINVAL;
    }
    *to = measure_scale(value, own, *unit ? *unit : own, &scaled);
    *same_unit = !*unit || strcmp(*unit, scaled) == 0;
    copy = *unit ? *unit : strdup(scaled);
    free(own);
    *unit = copy;
    return copy ? 0 : -ENOMEM;
}

/* Whether it is one; -EINVAL for a number that no int64 holds. */
static int read_range(struct tag_filter *f, const char *text, char *why, size_t why_bytes) {
    struct bound first, second;
    bool same = true, open_left;
    int err;

    if (!find_bound(text, &first))
        return 0;
    open_left = first.start == text + 1 && *text == ':';
    if (first.start != text && !open_left)
        return 0;
    err = scale_bound(&first, &f->unit, &f->low, &same, why, why_bytes);
    if (err)
        return err;
    f->high = f->low;
    if (open_left)
        f->low = -INFINITY;
    if (*first.end == '\0')
        f->is_range = true;
    else if (*first.end == ':' && !open_left && first.end[1] == '\0') {
        f->high = INFINITY;
        f->is_range = true;
    } else if (*first.end == ':' && !open_left && find_bound(first.end, &second) &&
               second.start == first.end + 1 && *second.end == '\0') {
        err = scale_bound(&second, &f->unit, &f->high, &same, why, why_bytes);
        f->is_range = same;
    }
    return err;
}

static bool range_matches(const struct tag_filter *f, const struct profile_label *l) {
    const char *unit = "";
    double value = measure_scale(l->num, label_unit(f->units, l->key), f->unit, &unit);

    return strcmp(unit, f->unit) == 0 && value >= f->low && value <= f->high;
}

/* ---- regular expressions */

/* All that stand between commas. */
static int read_regexps(struct tag_filter *f, const char *name, const char *text, char *why,
                        size_t why_bytes) {
    char reason[1024];
    size_t n = 1;

    for (const char *at = text; *at; at++)
        n += *at == ',';
    f->regexps = calloc(n, sizeof(*f->regexps));
    if (!f->regexps)
        return -ENOMEM;
    for (; f->n_regexps < n; f->n_regexps++) {
        size_t length = strcspn(text, ",");
        char *one = strndup(text, length);
        struct regexp *re = one ? regexp_new(one, reason, sizeof(reason)) : NULL;
        bool have_one = one != NULL;
        free(one);
        if (!have_one)
            return -ENOMEM;
        if (!re) {
            snprintf(why, why_bytes, "parsing %s regexp: %s", name, reason);
            return -EINVAL;
        }
        f->regexps[f->n_regexps].re = re;
        text += length + 1;
    }
    return 0;
}

/* Whether a text, or with `with_key` `key:text`, matches; -ENOMEM. */
static int text_matches(struct tag_regexp *r, const struct profile_label *l, bool with_key) {
    struct pair *seen = pairs_find(&r->seen, l->key, l->str);
    char *both = NULL;
    bool matches;

    if (seen)
        return (int)seen->value;
    if (with_key && asprintf(&both, "%s:%s", l->key, l->str) < 0)
        return -ENOMEM;
    matches = regexp_matches(r->re, with_key ? both : l->str);
    free(both);
    return pairs_add(&r->seen, l->key, l->str, matches) < 0 ? -ENOMEM : matches;
}

/* Whether one of the sample's texts, of the filter's key if it has one, matches. */
static int any_text_matches(struct tag_filter *f, struct tag_regexp *r,
                            const struct profile_sample *s) {
    int matches = 0;

    for (size_t i = 0; i < s->n_labels && matches == 0; i++)
        if (label_is_text(&s->labels[i]) && (!f->key || strcmp(s->labels[i].key, f->key) == 0))
            matches = text_matches(r, &s->labels[i], !f->key);
    return matches;
}

static int regexps_match(struct tag_filter *f, const struct profile_sample *s) {
    bool all = !f->key;

    for (size_t i = 0; i < f->n_regexps; i++) {
        int matches = any_text_matches(f, &f->regexps[i], s);
        if (matches < 0 || matches != all)
            return matches;
    }
    return all;
}

/* ---- tagfocus, tagignore */

int tag_filter_new(const char *name, const char *expression, struct tag_filter **out, char *why,
                   size_t why_bytes) {
    const char *equals = strchr(expression, '='), *value = equals ? equals + 1 : expression;
    struct tag_filter *f;
    int err;

    *out = NULL;
    if (!*expression)
        return 0;
    f = calloc(1, sizeof(*f));
    if (!f)
        return -ENOMEM;
    if (equals && !(f->key = strndup(expression, (size_t)(equals - expression)))) {
        tag_filter_free(f);
        return -ENOMEM;
    }
    if (f->key && !f->key[0]) {
        free(f->key);
        f->key = NULL;
    }
    err = read_range(f, value, why, why_bytes);
    if (!err && f->is_range)
        fprintf(stderr, "%s:Interpreted '%s' as range, not regexp\n", name, value);
    else if (!err)
        err = read_regexps(f, name, value, why, why_bytes);
    if (err)
        tag_filter_free(f);
    else
        *out = f;
    return err;
}

/* 0, 1 or -ENOMEM. */
static int filter_matches(struct tag_filter *f, const struct profile_sample *s) {
    if (!f->is_range)
        return regexps_match(f, s);
    for (size_t i = 0; i < s->n_labels; i++) {
        const struct profile_label *l = &s->labels[i];
        if (!label_is_text(l) && (!f->key || strcmp(l->key, f->key) == 0) && range_matches(f, l))
            return 1;
    }
    return 0;
}

static int filter_prepare(const struct profile *p, struct tag_filter *f) {
    if (!f || !f->is_range || f->units)
        return 0;
    f->units = label_units_find(p);
    return f->units ? 0 : -ENOMEM;
}

int filter_samples(struct profile *p, struct tag_filter *focus, struct tag_filter *ignore,
                   bool *focus_matched, bool *ignore_matched) {
    size_t kept = 0;

    *focus_matched = *ignore_matched = false;
    if (!focus && !ignore)
        return 0;
    if (filter_prepare(p, focus) < 0 || filter_prepare(p, ignore) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_samples; i++) {
        int focused = focus ? filter_matches(focus, &p->samples[i]) : 1;
        int ignored = ignore ? filter_matches(ignore, &p->samples[i]) : 0;
        if (focused < 0 || ignored < 0)
            return -ENOMEM;
        *focus_matched |= focused;
        *ignore_matched |= ignored;
        if (focused && !ignored)
            p->samples[kept++] = p->samples[i];
    }
    p->n_samples = kept;
    return 0;
}

/* ---- tagshow, taghide */

enum { LABEL_SHOWN = 1, LABEL_HIDDEN = 2 };

/* What the two say of a key, once for each; -ENOMEM. */
static int key_state(struct pairs *seen, const char *key, struct regexp *show,
                     struct regexp *hide) {
    struct pair *known = pairs_find(seen, key, NULL);
    int state;

    if (known)
        return (int)known->value;
    state = (!show || regexp_matches(show, key) ? LABEL_SHOWN : 0) |
            (hide && regexp_matches(hide, key) ? LABEL_HIDDEN : 0);
    return pairs_add(seen, key, NULL, (size_t)state) < 0 ? -ENOMEM : state;
}

int filter_labels(struct profile *p, struct regexp *show, struct regexp *hide, bool *show_matched,
                  bool *hide_matched) {
    struct pairs seen = {0};
    int all = 0, state = 0;

    for (size_t i = 0; (show || hide) && i < p->n_samples && state >= 0; i++) {
        struct profile_sample *s = &p->samples[i];
        size_t kept = 0;
        for (size_t k = 0; k < s->n_labels; k++) {
            state = key_state(&seen, s->labels[k].key, show, hide);
            if (state < 0)
                break;
            all |= state;
            if (state == LABEL_SHOWN)
                s->labels[kept++] = s->labels[k];
        }
        s->n_labels = kept;
    }
    pairs_release(&seen);
    *show_matched = all & LABEL_SHOWN;
    *hide_matched = all & LABEL_HIDDEN;
    return state < 0 ? -ENOMEM : 0;
}
