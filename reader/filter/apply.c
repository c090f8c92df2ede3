/* The options that take something out, in pprof's order: expressions are read first, so that one
 * that is wrong leaves the profile as it is (but for tagshow and taghide, as in pprof). */
#include <errno.h>
#include <stdio.h>

#include "reader/filter/filter.h"
#include "reader/filter/match.h"

struct expressions {
    struct name_filter names;
    struct regexp *show_from, *prune_from, *tagshow, *taghide;
    struct tag_filter *tagfocus, *tagignore;
};

/* NULL for "", and for a wrong one, when *err is set; also if it was set before. */
static struct regexp *option_regexp(const char *name, const char *value, int *err, char *why,
                                    size_t why_bytes) {
    char reason[1024];
    struct regexp *re;

    if (*err || !*value)
        return NULL;
    re = regexp_new(value, reason, sizeof(reason));
    if (!re) {
        snprintf(why, why_bytes, "parsing %s regexp: %s", name, reason);
        *err = -EINVAL;
    }
    return re;
}

static int read_expressions(struct expressions *e, const struct options *o, char *why,
                            size_t why_bytes) {
    int err = 0;

    e->names.focus = option_regexp("focus", o->focus, &err, why, why_bytes);
    e->names.ignore = option_regexp("ignore", o->ignore, &err, why, why_bytes);
    e->names.hide = option_regexp("hide", o->hide, &err, why, why_bytes);
    e->names.show = option_regexp("show", o->show, &err, why, why_bytes);
    e->show_from = option_regexp("show_from", o->show_from, &err, why, why_bytes);
    if (!err)
        err = tag_filter_new("tagfocus", o->tagfocus, &e->tagfocus, why, why_bytes);
    if (!err)
        err = tag_filter_new("tagignore", o->tagignore, &e->tagignore, why, why_bytes);
    e->prune_from = option_regexp("prune_from", o->prune_from, &err, why, why_bytes);
    return err;
}

static void free_expressions(struct expressions *e) {
    regexp_free(e->names.focus);
    regexp_free(e->names.ignore);
    regexp_free(e->names.hide);
    regexp_free(e->names.show);
    regexp_free(e->show_from);
    regexp_free(e->prune_from);
    regexp_free(e->tagshow);
    regexp_free(e->taghide);
    tag_filter_free(e->tagfocus);
    tag_filter_free(e->tagignore);
}

static void warn_unmatched(const void *expression, bool matched, const char *option) {
    if (expression && !matched)
        fprintf(stderr, "%s expression matched no samples\n", option);
}

static int apply_names(struct profile *p, struct expressions *e) {
    struct name_filter *n = &e->names;
    bool matched;
    int err = filter_names(p, n);

    if (err)
        return err;
    warn_unmatched(n->focus, n->focus_matched, "Focus");
    warn_unmatched(n->ignore, n->ignore_matched, "Ignore");
    warn_unmatched(n->hide, n->hide_matched, "Hide");
    warn_unmatched(n->show, n->show_matched, "Show");
    err = filter_show_from(p, e->show_from, &matched);
    if (!err)
        warn_unmatched(e->show_from, matched, "ShowFrom");
    return err;
}

static int apply_tags(struct profile *p, struct expressions *e, const struct options *o, char *why,
                      size_t why_bytes) {
    bool first, second;
    int bad = 0, err = filter_samples(p, e->tagfocus, e->tagignore, &first, &second);

    if (err)
        return err;
    warn_unmatched(e->tagfocus, first, "TagFocus");
    warn_unmatched(e->tagignore, second, "TagIgnore");
    e->tagshow = option_regexp("tagshow", o->tagshow, &bad, why, why_bytes);
    e->taghide = option_regexp("taghide", o->taghide, &bad, why, why_bytes);
    err = filter_labels(p, e->tagshow, e->taghide, &first, &second);
    if (err)
        return err;
    warn_unmatched(e->tagshow, first, "TagShow");
    warn_unmatched(e->taghide, second, "TagHide");
    return bad;
}

int filter_apply(struct profile *p, const struct options *o, char *why, size_t why_bytes) {
    struct expressions e = {0};
    int err = read_expressions(&e, o, why, why_bytes);

    if (!err)
        err = apply_names(p, &e);
    if (!err)
        err = apply_tags(p, &e, o, why, why_bytes);
    if (!err)
        err = filter_prune_from(p, e.prune_from);
    free_expressions(&e);
    return err;
}
