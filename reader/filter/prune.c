/* Frames that are nobody's business: those of the profiler and the allocator, beneath functions
 * that the profile itself names (drop_frames, keep_frames), and what is beneath prune_from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/filter/match.h"

/* What became of a location: it goes with all beneath it, or stays and what is beneath it goes. */
enum { PRUNED = 1, PRUNED_BENEATH = 2 };

/* Parentheses that are part of a name. */
static size_t reserved_bytes(const char *at) {
    static const char *const reserved[] = {"(anonymous namespace)", "operator()"};

    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
        if (strncmp(at, reserved[i], strlen(reserved[i])) == 0)
            return strlen(reserved[i]);
    return 0;
}

char *prune_name(const char *name) {
    size_t n = 0, reserved;

    name += *name == '.';
    while (name[n]) {
        reserved = reserved_bytes(name + n);
        if (!reserved && name[n] == '(')
            break;
        n += reserved ? reserved : 1;
    }
    return strndup(name, n);
}

/* Which functions, by number, `drop` matches and `keep` (may be NULL) does not. */
static int find_pruned(const struct profile *p, struct regexp *drop, struct regexp *keep,
                       bool **functions) {
    *functions = calloc(p->n_functions + 1, sizeof(**functions));
    if (!*functions)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_functions; i++) {
        char *name = prune_name(p->functions[i]->name);
        if (!name)
            return -ENOMEM;
        (*functions)[i] = p->functions[i]->name[0] && regexp_matches(drop, name) &&
                          !(keep && regexp_matches(keep, name));
        free(name);
    }
    return 0;
}

/* ---- drop_frames, keep_frames */

static unsigned char prune_location(struct profile_location *l, const bool *functions) {
    size_t n = l->n_lines;

    while (n > 0 && !functions[l->lines[n - 1].function->id])
        n--;
    if (n == 0)
        return 0;
    if (n == l->n_lines)
        return PRUNED;
    l->lines += n;
    l->n_lines -= n;
    return PRUNED_BENEATH;
}

/* From the root on; never before the first frame that stays, so that something is left. */
static void prune_sample(struct profile_sample *s, const unsigned char *states) {
    bool found_user = false;

    for (size_t i = s->n_locations; i > 0; i--) {
        unsigned char state = states[s->locations[i - 1]->id];
        size_t gone = state == PRUNED ? i : i - 1;
        if (state == 0) {
            found_user = true;
        } else if (found_user) {
            s->locations += gone;
            s->n_locations -= gone;
            return;
        }
    }
}

static void prune_uninteresting(struct profile *p, const bool *functions, unsigned char *states) {
    for (size_t i = 0; i < p->n_locations; i++)
        states[i] = prune_location(p->locations[i], functions);
    for (size_t i = 0; i < p->n_samples; i++)
        prune_sample(&p->samples[i], states);
}

/* ---- prune_from */

static bool prune_location_from(struct profile_location *l, const bool *functions) {
    for (size_t i = 0; i < l->n_lines; i++)
        if (functions[l->lines[i].function->id]) {
            l->lines += i;
            l->n_lines -= i;
            return true;
        }
    return false;
}

static void prune_from(struct profile *p, const bool *functions, unsigned char *states) {
    for (size_t i = 0; i < p->n_locations; i++)
        states[i] = prune_location_from(p->locations[i], functions);
    for (size_t i = 0; i < p->n_samples; i++) {
        struct profile_sample *s = &p->samples[i];
        size_t gone = 0;
        while (gone < s->n_locations && !states[s->locations[gone]->id])
            gone++;
        if (gone < s->n_locations) {
            s->locations += gone;
            s->n_locations -= gone;
        }
    }
}

/* ---- both */

typedef void prune_fn(struct profile *p, const bool *functions, unsigned char *states);

static int prune(struct profile *p, struct regexp *drop, struct regexp *keep, prune_fn *how) {
    unsigned char *states;
    bool *functions = NULL;
    struct numbers numbers;
    int err;

    if (numbers_begin(p, &numbers) < 0)
        return -ENOMEM;
    states = calloc(p->n_locations + 1, 1);
    err = states ? find_pruned(p, drop, keep, &functions) : -ENOMEM;
    if (!err)
        how(p, functions, states);
    numbers_end(p, &numbers);
    free(functions);
    free(states);
    return err;
}

int filter_prune_from(struct profile *p, struct regexp *re) {
    return re ? prune(p, re, NULL, prune_from) : 0;
}

/* The whole name must match. NULL for "", and with *err set. */
static struct regexp *frames_regexp(const char *frames, int *err, char *why, size_t why_bytes) {
    char *whole = NULL, reason[1024];
    struct regexp *re = NULL;

    if (*err || !frames[0])
        return NULL;
    if (asprintf(&whole, "^(%s)$", frames) < 0)
        whole = NULL;
    re = whole ? regexp_new(whole, reason, sizeof(reason)) : NULL;
    *err = re ? 0 : whole ? -EINVAL : -ENOMEM;
    if (whole && !re)
        snprintf(why, why_bytes, "failed to compile regexp %s: %s", frames, reason);
    free(whole);
    return re;
}

int filter_uninteresting(struct profile *p, char *why, size_t why_bytes) {
    int err = 0;
    struct regexp *drop = frames_regexp(p->drop_frames, &err, why, why_bytes);
    struct regexp *keep = drop ? frames_regexp(p->keep_frames, &err, why, why_bytes) : NULL;

    if (!err && drop)
        err = prune(p, drop, keep, prune_uninteresting);
    regexp_free(drop);
    regexp_free(keep);
    return err;
}
