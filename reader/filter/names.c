/* Filters by the names of functions, files and mappings: focus and ignore take samples, hide and
 * show take frames out of them, show_from what is above a frame. */
#include <errno.h>
#include <stdlib.h>

#include "reader/filter/match.h"

/* What became of a location. */
enum { FOCUSED = 1, IGNORED = 2, HIDDEN = 4, SHOWN_FROM = 8 };

/* ---- focus, ignore, hide, show */

struct name_matches {
    struct matches focus, ignore, hide, show;
};

/* Lines that match, or those that do not. */
static void keep_lines(struct profile_location *l, const struct matches *m, bool matching) {
    size_t kept = 0;

    for (size_t i = 0; i < l->n_lines; i++)
        if (matches_line(m, &l->lines[i]) == matching)
            l->lines[kept++] = l->lines[i];
    l->n_lines = kept;
}

/* A location with no line left is hidden; under `show` also one that had none. */
static unsigned hide_lines(struct profile_location *l, const struct name_filter *f,
                           const struct name_matches *m, bool *hide_matched, bool *show_matched) {
    unsigned state = 0;

    if (f->hide && matches_location(&m->hide, l)) {
        *hide_matched = true;
        if (matches_mapping(&m->hide, l))
            l->n_lines = 0;
        else
            keep_lines(l, &m->hide, false);
        if (l->n_lines == 0)
            state = HIDDEN;
    }
    if (f->show) {
        if (!matches_mapping(&m->show, l))
            keep_lines(l, &m->show, true);
        if (l->n_lines == 0)
            state = HIDDEN;
        else
            *show_matched = true;
    }
    return state;
}

static void mark_locations(struct profile *p, struct name_filter *f, const struct name_matches *m,
                           unsigned char *states) {
    for (size_t i = 0; i < p->n_locations; i++) {
        struct profile_location *l = p->locations[i];
        if (f->ignore && matches_location(&m->ignore, l)) {
            f->ignore_matched = true;
            states[i] = IGNORED;
        } else if (!f->focus || matches_location(&m->focus, l)) {
            f->focus_matched = true;
            states[i] = FOCUSED;
        }
        states[i] |= (unsigned char)hide_lines(l, f, m, &f->hide_matched, &f->show_matched);
    }
}

/* Takes hidden locations out; false if the sample is not wanted or nothing is left of it. */
static bool keep_sample(struct profile_sample *s, const unsigned char *states) {
    unsigned all = 0;
    size_t kept = 0;

    for (size_t i = 0; i < s->n_locations; i++)
        all |= states[s->locations[i]->id];
    if ((all & IGNORED) || !(all & FOCUSED))
        return false;
    if (!(all & HIDDEN))
        return true;
    for (size_t i = 0; i < s->n_locations; i++)
        if (!(states[s->locations[i]->id] & HIDDEN))
            s->locations[kept++] = s->locations[i];
    s->n_locations = kept;
    return kept > 0;
}

static int find_names(struct profile *p, struct name_filter *f, struct name_matches *m) {
    if (matches_find(p, f->focus, &m->focus) < 0 || matches_find(p, f->ignore, &m->ignore) < 0 ||
        matches_find(p, f->hide, &m->hide) < 0 || matches_find(p, f->show, &m->show) < 0)
        return -ENOMEM;
    return 0;
}

int filter_names(struct profile *p, struct name_filter *f) {
    unsigned char *states;
    struct name_matches m = {0};
    struct numbers numbers;
    size_t kept = 0;
    int err;

    if (!f->focus && !f->ignore && !f->hide && !f->show)
        return 0;
    if (numbers_begin(p, &numbers) < 0)
        return -ENOMEM;
    states = calloc(p->n_locations + 1, 1);
    err = states ? find_names(p, f, &m) : -ENOMEM;
    if (!err) {
        mark_locations(p, f, &m, states);
        for (size_t i = 0; i < p->n_samples; i++)
            if (keep_sample(&p->samples[i], states))
                p->samples[kept++] = p->samples[i];
        p->n_samples = kept;
    }
    numbers_end(p, &numbers);
    matches_release(&m.focus);
    matches_release(&m.ignore);
    matches_release(&m.hide);
    matches_release(&m.show);
    free(states);
    return err;
}

/* ---- show_from */

/* Takes the lines above the last one that matches. */
static bool show_location_from(struct profile_location *l, const struct matches *m) {
    if (matches_mapping(m, l))
        return true;
    for (size_t i = l->n_lines; i > 0; i--)
        if (matches_line(m, &l->lines[i - 1])) {
            l->n_lines = i;
            return true;
        }
    return false;
}

static bool keep_sample_from(struct profile_sample *s, const unsigned char *states) {
    size_t n = s->n_locations;

    while (n > 0 && states[s->locations[n - 1]->id] != SHOWN_FROM)
        n--;
    s->n_locations = n;
    return n > 0;
}

int filter_show_from(struct profile *p, struct regexp *re, bool *matched) {
    unsigned char *states;
    struct matches m = {0};
    struct numbers numbers;
    size_t kept = 0;
    int err;

    *matched = false;
    if (!re)
        return 0;
    if (numbers_begin(p, &numbers) < 0)
        return -ENOMEM;
    states = calloc(p->n_locations + 1, 1);
    err = states ? matches_find(p, re, &m) : -ENOMEM;
    if (!err) {
        for (size_t i = 0; i < p->n_locations; i++)
            if (show_location_from(p->locations[i], &m)) {
                states[i] = SHOWN_FROM;
                *matched = true;
            }
        for (size_t i = 0; i < p->n_samples; i++)
            if (keep_sample_from(&p->samples[i], states))
                p->samples[kept++] = p->samples[i];
        p->n_samples = kept;
    }
    numbers_end(p, &numbers);
    matches_release(&m);
    free(states);
    return err;
}
