/* What users of pprof have asked for beyond it: reports for programs (JSON, CSV), collapsed stacks,
 * flame graphs in one file, and a comparison that can fail a build. docs/EXPORT.md is what users
 * read.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_EXPORT_EXPORT_H
#define CPPROF_READER_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "proto/profile.h"
#include "reader/options.h"

enum export_form {
    EXPORT_DEFAULT, /* of the word: text, a page */
    EXPORT_JSON,    /* --json */
    EXPORT_CSV,     /* --csv */
    EXPORT_SVG,     /* --svg; of flame; also where options.output ends in .svg */
};

/* What is written in place of pprof's text. */
struct export_request {
    enum export_form form;
    /* Of diff, in percent; negative: not asked for. --fail-over: the total grows by more than so
     * much. --fail-over-function: the value of one function grows by more than so much of base's
     * total. */
    double fail_over, fail_over_function;
    bool normalize_duration; /* of diff, --normalize-duration: as if `new` was as long as `base` */
};

/* Whether `word` in this form is written by export_run (diff: export_diff), not by report_run:
 * folded, flame and diff always; top, text, tree, peek and tags as JSON and CSV. */
bool export_wants(const char *word, enum export_form form);

/* Writes one export of `p`, which it changes: filters apply as in pprof. `argument` is the regular
 * expression of peek, otherwise NULL. For flame and folded, `p` may come of source_fetch with a
 * base. 0; -EINVAL with pprof's words, or for a form that the word does not have; -ENOMEM; an error
 * of the stream. */
int export_run(struct profile *p, const char *word, const char *argument, const struct options *o,
               const struct export_request *q, FILE *to, char *why, size_t why_bytes);

/* `cpprof diff BASE NEW`: two profiles, each of a source_fetch of its own (without base and
 * without normalize: options.normalize is heeded here); it changes both. Errors as of export_run;
 * or EXPORT_OVER: all is written, but a limit of the request is passed, with one line in `why` that
 * says which; the exit status is then 1. Says on stderr when the durations differ. */
enum { EXPORT_OVER = 1 };
int export_diff(struct profile *base, struct profile *new, const struct options *o,
                const struct export_request *q, FILE *to, char *why, size_t why_bytes);

/* Reads collapsed stacks, `main;parse;read 12` a line, as source_parse reads the formats of pprof:
 * sample type samples/count, functions by name. -EINVAL where any line is something else. For
 * source_parse to call when it is no other format. */
int folded_parse(const void *bytes, size_t n, struct profile **out, char *why, size_t why_bytes);

#endif
