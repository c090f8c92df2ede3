/* Makes a report of a profile: what the command forces, filters, sample type, total. The order of
 * the steps is that of google/pprof's driver: percentages are of the whole profile, unless
 * relative_percentages asks for those of what the filters leave. */
#include "reader/report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/graph/order.h"
#include "reader/measure.h"
#include "reader/paths.h"
#include "reader/report/parts.h"

static int refuse(char *why, size_t why_bytes, const char *reason) {
    snprintf(why, why_bytes, "%s", reason);
    return -EINVAL;
}

/* ---- options that a command forces */

enum { DEFAULT_NODES = 80 };

static bool one_of(const char *word, const char *const *words) {
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words;
}

static void override(struct options *o, const char *command, enum report_format format) {
    static const char *const untrimmed[] = {"disasm", "weblist", "peek", "list", NULL};
    static const char *const flat[] = {"text", "top", "topproto", NULL};

    if (strcmp(command, "disasm") == 0)
        o->noinlines = true; /* or the lines of one address would count several times */
    if (strcmp(command, "weblist") == 0)
        o->noinlines = false;
    if (strcmp(command, "disasm") == 0 || strcmp(command, "weblist") == 0)
        o->granularity = GRANULARITY_ADDRESSES;
    if (strcmp(command, "list") == 0)
        o->granularity = GRANULARITY_LINES;
    if (one_of(command, untrimmed))
        o->trim = false;
    else if (o->nodecount == -1)
        o->nodecount = one_of(command, flat) ? 0 : DEFAULT_NODES;
    if (format == REPORT_PROTO || format == REPORT_RAW || format == REPORT_CALLGRIND) {
        o->trim = false;
        o->granularity = GRANULARITY_ADDRESSES;
    }
    if (!o->trim) {
        o->nodecount = 0;
        o->nodefraction = o->edgefraction = 0;
    }
}

/* ---- what is counted */

int64_t report_sample_value(const struct report *r, const struct profile_sample *s,
                            int64_t *divisor) {
    *divisor = r->mean ? s->values[0] : 0;
    return s->values[r->value_index];
}

static bool is_of_diff_base(const struct profile_sample *s) {
    for (size_t i = 0; i < s->n_labels; i++)
        if (strcmp(s->labels[i].key, "pprof::base") == 0 && strcmp(s->labels[i].str, "true") == 0)
            return true;
    return false;
}

/* The sum of all absolute values; of the diff base alone if there is one. */
static int64_t total(const struct report *r) {
    int64_t all = 0, all_divisor = 0, base = 0, base_divisor = 0;

    for (size_t i = 0; i < r->profile->n_samples; i++) {
        const struct profile_sample *s = &r->profile->samples[i];
        int64_t divisor, value = magnitude(report_sample_value(r, s, &divisor));
        all += value;
        all_divisor += divisor;
        if (s->n_labels > 0 && is_of_diff_base(s)) {
            base += value;
            base_divisor += divisor;
        }
    }
    if (base > 0) {
        all = base;
        all_divisor = base_divisor;
    }
    return all_divisor != 0 ? all / all_divisor : all;
}

/* The sample type, its name and unit, and the title. */
static int choose_values(struct report *r, char *why, size_t why_bytes) {
    struct profile *p = r->profile;
    const struct profile_value_type *type;
    char *mean = NULL;
    int err;

    if (p->n_sample_types == 0)
        return refuse(why, why_bytes, "profile has no samples");
    err = filter_sample_index(p, r->options.sample_index, &r->value_index, why, why_bytes);
    if (err < 0)
        return err;
    type = &p->sample_types[r->value_index];
    r->mean = r->options.mean;
    r->sample_type = type->type;
    r->sample_unit = type->unit;
    if (r->mean && asprintf(&mean, "mean_%s", type->type) < 0)
        return -ENOMEM;
    if (mean)
        r->sample_type = profile_string(p, mean);
    free(mean);
    if (r->options.divide_by == 0)
        return refuse(why, why_bytes, "zero divisor specified");
    r->ratio = 1 / r->options.divide_by;
    r->output_unit = r->options.unit;
    r->title = "";
    if (p->n_mappings > 0 && *p->mappings[0]->file) {
        size_t n;
        const char *base = path_base(p->mappings[0]->file, &n);
        r->title = profile_string_n(p, base, n);
    }
    return r->sample_type && r->title ? 0 : -ENOMEM;
}

/* The argument as an expression; -EINVAL in pprof's words. */
static int compile(struct report *r, const char *argument, char *why, size_t why_bytes) {
    char reason[256] = "", *end;

    r->symbol = regexp_new(argument, reason, sizeof(reason));
    if (!r->symbol) {
        snprintf(why, why_bytes, "parsing argument regexp %s: %s", argument, reason);
        return -EINVAL;
    }
    errno = 0;
    r->address = strtoull(argument, &end, 0);
    r->has_address = *argument >= '0' && *argument <= '9' && end != argument && !*end && errno == 0;
    return 0;
}

static int prepare(struct report *r, const char *argument, char *why, size_t why_bytes) {
    struct profile *p = r->profile;
    const struct options *o = &r->options;
    int err = filter_tag_frames(p, o);

    if (err == 0 && o->relative_percentages)
        err = filter_apply(p, o, why, why_bytes);
    err = err ? err : choose_values(r, why, why_bytes);
    if (err == 0 && argument)
        err = compile(r, argument, why, why_bytes);
    if (err < 0)
        return err;
    r->total = total(r);
    if (!o->relative_percentages)
        err = filter_apply(p, o, why, why_bytes);
    return err ? err : filter_aggregate(p, o->granularity, o->noinlines, o->showcolumns);
}

int report_new(struct profile *p, const char *command, enum report_format format,
               const char *argument, const struct options *o, struct report **out, char *why,
               size_t why_bytes) {
    struct report *r = calloc(1, sizeof(*r));
    int err = r ? options_copy(&r->options, o) : -ENOMEM;

    if (err < 0) {
        free(r);
        return err;
    }
    r->profile = p;
    r->format = format;
    r->label_units = label_units_new(p);
    override(&r->options, command, format);
    err = r->label_units ? prepare(r, argument, why, why_bytes) : -ENOMEM;
    if (err == -ENOMEM)
        snprintf(why, why_bytes, "out of memory");
    if (err < 0)
        report_free(r);
    else
        *out = r;
    return err;
}

void report_free(struct report *r) {
    if (!r)
        return;
    regexp_free(r->symbol);
    label_units_free(r->label_units);
    options_release(&r->options);
    free(r->scratch);
    free(r);
}

/* ---- writing */

int report_write(struct report *r, FILE *to, char *why, size_t why_bytes) {
    static report_write_fn *const formats[] = {
        [REPORT_CALLGRIND] = report_callgrind,
        [REPORT_COMMENTS] = report_comments,
        [REPORT_DISASM] = report_disasm,
        [REPORT_DOT] = report_dot,
        [REPORT_LIST] = report_list,
        [REPORT_PROTO] = report_proto,
        [REPORT_RAW] = report_raw,
        [REPORT_TAGS] = report_tags,
        [REPORT_TEXT] = report_text,
        [REPORT_TOPPROTO] = report_topproto,
        [REPORT_TRACES] = report_traces,
        [REPORT_TREE] = report_tree,
        [REPORT_WEBLIST] = report_weblist,
    };
    int err = formats[r->format](r, to, why, why_bytes);

    if (err == -ENOMEM)
        snprintf(why, why_bytes, "out of memory");
    return err ? err : report_written(to, why, why_bytes);
}

int report_written(FILE *to, char *why, size_t why_bytes) {
    int err = fflush(to) == 0 && !ferror(to) ? 0 : errno ? -errno : -EIO;

    if (err < 0)
        snprintf(why, why_bytes, "%s", strerror(-err));
    return err;
}

/* A value after divide_by. */
static int64_t divided(const struct report *r, int64_t value) {
    return r->ratio > 0 && r->ratio != 1 ? integer_part((double)value * r->ratio) : value;
}

char *report_value(const struct report *r, int64_t value, char text[64]) {
    return measure_label(divided(r, value), r->sample_unit, r->output_unit, text);
}

char *report_percentage(const struct report *r, int64_t value, char text[64]) {
    return measure_percentage(value, r->total, text);
}
