/* libFuzzer: a profile or collapsed stacks, written in a form that the first byte chooses. What is
 * no stack is refused; what is one comes out again, and is read again with the same total.
 */
// link: reader/export/*.c reader/filter/*.c reader/graph/*.c reader/report/*.c reader/regexp/*.c
// link: reader/measure.c reader/options.c reader/options_table.c reader/regexp.c reader/strconv.c
// link: reader/paths.c reader/unfinished.c proto/*.c build/gen/proto/profile.pb-c.c
// libs: -lprotobuf-c -lz -lpcre2-8
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/profile.h"
#include "reader/export/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *word;
    enum export_form form;
} exports[] = {
    {"folded", EXPORT_DEFAULT}, {"flame", EXPORT_DEFAULT}, {"flame", EXPORT_SVG},
    {"tags", EXPORT_JSON},      {"tags", EXPORT_CSV},
};
enum { N_EXPORTS = sizeof exports / sizeof exports[0] };

static int64_t total_of(const struct profile *p) {
    uint64_t total = 0;
    for (size_t i = 0; i < p->n_samples; i++)
        total += (uint64_t)p->samples[i].values[0];
    return (int64_t)total;
}

static struct profile *read_profile(const uint8_t *data, size_t size) {
    const struct profile_limits limits = {.max_bytes = 1 << 20, .max_samples = 1 << 14};
    struct profile *p = NULL;
    char why[256];

    if (folded_parse(data, size, &p, why, sizeof why) < 0 &&
        profile_decode(data, size, &limits, &p, why, sizeof why) < 0)
        return NULL;
    if (profile_check(p, why, sizeof why) < 0)
        abort();
    return p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct profile *p = size ? read_profile(data + 1, size - 1) : NULL;
    struct export_request q = {.fail_over = -1, .fail_over_function = -1};
    struct options o;
    char why[512] = "", *text = NULL;
    size_t n = 0;

    if (!p)
        return 0;
    bool collapsed = p->n_sample_types == 1 && strcmp(p->sample_types[0].type, "samples") == 0;
    int64_t total = collapsed ? total_of(p) : 0;
    FILE *to = open_memstream(&text, &n);
    size_t which = data[0] % N_EXPORTS;
    q.form = exports[which].form;
    options_init(&o);
    int err = export_run(p, exports[which].word, NULL, &o, &q, to, why, sizeof why);
    fclose(to);
    struct profile *again = NULL;
    if (err == 0 && which == 0 && collapsed &&
        folded_parse(text, n, &again, why, sizeof why) == 0 && total_of(again) != total)
        abort();
    profile_free(again);
    free(text);
    options_release(&o);
    profile_free(p);
    return 0;
}
