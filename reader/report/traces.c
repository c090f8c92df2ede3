/* `traces`: every sample with its labels, its value and its stack.
 *
 * The lines of a location are the same in every sample, so they are made once: samples are then
 * copied together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/filter/filter.h"
#include "reader/measure.h"
#include "reader/report/label_groups.h"
#include "reader/report/out.h"
#include "reader/report/parts.h"

enum { INDENT = 10 + 3 }; /* of a frame: a value and what follows it */

static const char separator[] =
    "-----------+-------------------------------------------------------\n";

/* Lines of all locations, one behind the other: location i (profile_location.index) has those from
 * ends[i - 1] to ends[i]. */
struct frames {
    char *text;
    size_t *ends, bytes;
};

/* The lines of a location, each with its newline, behind an indent where the first frame of a
 * sample has its value. */
static int write_location(struct profile *p, const struct profile_location *l, FILE *to,
                          char **name, size_t *room) {
    size_t n = l->n_lines ? l->n_lines : 1;
    struct node_info info;

    for (size_t i = 0; i < n; i++) {
        size_t length;
        if (!node_info_init(p, l, l->n_lines ? &l->lines[i] : NULL, false, &info))
            return -ENOMEM;
        length = node_name_into(&info, " ", *name, *room);
        if (length >= *room) {
            char *more = realloc(*name, length + 1);
            if (!more)
                return -ENOMEM;
            *name = more;
            *room = length + 1;
            node_name_into(&info, " ", *name, *room);
        }
        out_spaces(to, INDENT);
        fputs(*name, to);
        fputs(i + 1 < n ? " (inline)\n" : "\n", to);
    }
    return 0;
}

static int frames_init(struct frames *f, struct profile *p) {
    FILE *to = open_memstream(&f->text, &f->bytes);
    char *name = NULL;
    size_t room = 0;
    int err;

    f->ends = calloc(p->n_locations + 1, sizeof(*f->ends));
    err = to && f->ends ? 0 : -ENOMEM;
    for (size_t i = 0; i < p->n_locations && err == 0; i++) {
        p->locations[i]->index = (uint32_t)i;
        err = write_location(p, p->locations[i], to, &name, &room);
        f->ends[i + 1] = (size_t)ftell(to);
    }
    free(name);
    if (to && fclose(to) != 0)
        err = -ENOMEM;
    return err;
}

static void frames_release(struct frames *f) {
    free(f->text);
    free(f->ends);
}

static void write_label(const struct profile_label *const *labels, size_t n, FILE *to, void *ctx) {
    const struct report *r = ctx;
    char text[MEASURE_LABEL_BYTES];

    out_right(to, labels[0]->key, 10);
    fputs(": ", to);
    for (size_t i = 0; i < n; i++) {
        const char *value = labels[i]->str;
        if (!*value)
            value = measure_label(labels[i]->num, label_unit(r->label_units, labels[i]->key),
                                  "auto", text);
        fprintf(to, " %s", value);
    }
    putc('\n', to);
}

static int write_labels(struct report *r, const struct profile_sample *s, FILE *to) {
    int err = label_groups_write(s, false, write_label, r, "", to);

    err = err < 0 ? err : label_groups_write(s, true, write_label, r, "", to);
    return err < 0 ? err : 0;
}

static int write_sample(struct report *r, const struct frames *f, const struct profile_sample *s,
                        FILE *to) {
    char text[MEASURE_LABEL_BYTES];
    int64_t divisor, value = report_sample_value(r, s, &divisor);
    int err;

    if (s->n_locations == 0)
        return 0;
    fputs_unlocked(separator, to);
    err = s->n_labels > 0 ? write_labels(r, s, to) : 0;
    out_right(to, report_value(r, divisor ? value / divisor : value, text), 10);
    out_spaces(to, INDENT - 10);
    for (size_t i = 0; i < s->n_locations; i++) {
        size_t at = s->locations[i]->index, start = f->ends[at] + (i == 0 ? INDENT : 0);
        fwrite_unlocked(f->text + start, 1, f->ends[at + 1] - start, to);
    }
    return err;
}

int report_traces(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct frames f = {0};
    char **labels = report_labels(r);
    int err = labels ? frames_init(&f, r->profile) : -ENOMEM;

    for (size_t i = 0; err == 0 && labels[i]; i++)
        fprintf(to, "%s%s", i > 0 ? "\n" : "", labels[i]);
    if (err == 0)
        putc('\n', to);
    for (size_t i = 0; err == 0 && i < r->profile->n_samples; i++)
        err = write_sample(r, &f, &r->profile->samples[i], to);
    if (err == 0)
        fputs(separator, to);
    report_labels_free(labels);
    frames_release(&f);
    return err;
}
