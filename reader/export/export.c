/* Which exports there are: one table of words, and what each is made of. */
#include "reader/export/export.h"

#include <errno.h>
#include <string.h>

#include "reader/export/flame.h"
#include "reader/export/folded.h"
#include "reader/export/reports.h"

/* Made of the whole tree of stacks, not of a trimmed graph. */
typedef int export_stacks_fn(struct report *r, const struct stacks *s, enum export_form form,
                             FILE *to);

static int write_folded(struct report *r, const struct stacks *s, enum export_form form, FILE *to) {
    return folded_write(s, to);
}

static int write_flame(struct report *r, const struct stacks *s, enum export_form form, FILE *to) {
    return form == EXPORT_SVG ? flame_picture(r, s, to) : flame_page(r, s, to);
}

#define FORMS_STACKS (1u << EXPORT_DEFAULT)
#define FORMS_FLAME  (1u << EXPORT_DEFAULT | 1u << EXPORT_SVG)
#define FORMS_REPORT (1u << EXPORT_JSON | 1u << EXPORT_CSV)

static const struct export_word {
    const char *word;
    unsigned forms; /* bits */
    bool always;    /* pprof has no report of that name */
    enum report_format format;
    export_report_fn *report;
    export_stacks_fn *stacks;
} words[] = {
    {"folded", FORMS_STACKS, true, REPORT_TRACES, NULL, write_folded},
    {"flame", FORMS_FLAME, true, REPORT_TRACES, NULL, write_flame},
    {"diff", FORMS_REPORT | 1u << EXPORT_DEFAULT, true, REPORT_TEXT, NULL, NULL},
    {"top", FORMS_REPORT, false, REPORT_TEXT, export_top, NULL},
    {"text", FORMS_REPORT, false, REPORT_TEXT, export_top, NULL},
    {"tree", FORMS_REPORT, false, REPORT_TREE, export_tree, NULL},
    {"peek", FORMS_REPORT, false, REPORT_TREE, export_tree, NULL},
    {"tags", FORMS_REPORT, false, REPORT_TAGS, export_tags, NULL},
};

static const struct export_word *word_find(const char *word) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return &words[i];
    return NULL;
}

bool export_wants(const char *word, enum export_form form) {
    const struct export_word *w = word_find(word);
    return w && (w->always || (w->forms & 1u << form));
}

static bool ends_in(const char *s, const char *end) {
    size_t n = strlen(s), n_end = strlen(end);
    return n >= n_end && strcmp(s + n - n_end, end) == 0;
}

static int export_stacks(struct report *r, const struct export_word *w, enum export_form form,
                         FILE *to, char *why, size_t why_bytes) {
    struct stacks s;

    if (r->mean) {
        snprintf(why, why_bytes, "%s: mean values cannot be added up along stacks", w->word);
        return -EINVAL;
    }
    int err = stacks_build(r, &s);
    if (err)
        return err;
    err = w->stacks(r, &s, form, to);
    stacks_release(&s);
    return err;
}

/* What pprof calls the report: its overrides of options go by that. */
static const char *report_word(const struct export_word *w) {
    return w->stacks ? "traces" : w->word;
}

int export_run(struct profile *p, const char *word, const char *argument, const struct options *o,
               const struct export_request *q, FILE *to, char *why, size_t why_bytes) {
    static const char *const form_names[] = {"", " as JSON", " as CSV", " as SVG"};
    const struct export_word *w = word_find(word);
    struct options own = *o; /* borrows all strings */
    enum export_form form = q->form;
    struct report *r;

    if (w && (w->forms & 1u << EXPORT_SVG) && form == EXPORT_DEFAULT && ends_in(o->output, ".svg"))
        form = EXPORT_SVG;
    if (!w || !(w->forms & 1u << form) || (!w->report && !w->stacks)) {
        snprintf(why, why_bytes, "there is no %s%s", word, form_names[form]);
        return -EINVAL;
    }
    /* As pprof's own flame graph: functions of the same name in two files are two. */
    if (w->stacks == write_flame && own.granularity == GRANULARITY_DEFAULT)
        own.granularity = GRANULARITY_FILEFUNCTIONS;
    int err = report_new(p, report_word(w), w->format, argument, &own, &r, why, why_bytes);
    if (err)
        return err;
    err = w->stacks ? export_stacks(r, w, form, to, why, why_bytes)
                    : w->report(r, form, to, why, why_bytes);
    report_free(r);
    if (!err && ferror(to))
        err = -EIO;
    return err;
}
