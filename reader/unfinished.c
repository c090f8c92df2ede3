/* Stands in for what is not there yet: each is replaced by the file that defines it. */
#include <errno.h>

#include "reader/commands.h"
#include "reader/filter/filter.h"
#include "reader/measure.h"
#include "reader/reader.h"
#include "reader/source/source.h"

#pragma GCC diagnostic ignored "-Wunused-parameter"
#define WEAK __attribute__((weak))

WEAK bool reader_wants(int argc, char **argv) {
    return false;
}
WEAK int reader_main(int argc, char **argv) {
    return 2;
}
WEAK int shell_run(const struct profile *p, struct options *o) {
    return 1;
}
WEAK int report_run(const struct profile *p, const struct report_command *command,
                    const char *argument, const struct options *o, char *why, size_t why_bytes) {
    return -ENOSYS;
}
WEAK int options_init(struct options *o) {
    return -ENOSYS;
}
WEAK int options_copy(struct options *to, const struct options *from) {
    return -ENOSYS;
}
WEAK void options_release(struct options *o) {
}
WEAK int report_new(struct profile *p, const char *command, enum report_format format,
                    const char *argument, const struct options *o, struct report **out, char *why,
                    size_t why_bytes) {
    return -ENOSYS;
}
WEAK void report_free(struct report *r) {
}
WEAK int report_write(struct report *r, FILE *to, char *why, size_t why_bytes) {
    return -ENOSYS;
}
#define FORMAT(name)                                                                               \
    WEAK int name(struct report *r, FILE *to, char *why, size_t why_bytes) {                       \
        return -ENOSYS;                                                                            \
    }
FORMAT(report_text)
FORMAT(report_tree)
FORMAT(report_traces)
FORMAT(report_raw)
FORMAT(report_tags)
FORMAT(report_comments)
FORMAT(report_proto)
FORMAT(report_topproto)
FORMAT(report_dot)
FORMAT(report_callgrind)
FORMAT(report_list)
FORMAT(report_weblist)
FORMAT(report_disasm)
WEAK int report_graph(struct report *r, struct report_graph *out) {
    return -ENOSYS;
}
WEAK struct graph *report_whole_graph(struct report *r) {
    return NULL;
}
WEAK char **report_labels(struct report *r) {
    return NULL;
}
WEAK void report_labels_free(char **labels) {
}
WEAK char *report_value(const struct report *r, int64_t value, char text[64]) {
    return text;
}
WEAK char *report_percentage(const struct report *r, int64_t value, char text[64]) {
    return text;
}
WEAK int64_t report_sample_value(const struct report *r, const struct profile_sample *s,
                                 int64_t *divisor) {
    return 0;
}
WEAK int64_t node_flat(const struct graph_node *n) {
    return n->flat;
}
WEAK int64_t node_cum(const struct graph_node *n) {
    return n->cum;
}
WEAK int64_t edge_weight(const struct graph_edge *e) {
    return e->weight;
}
WEAK char *node_name(const struct node_info *info) {
    return NULL;
}
WEAK void graph_free(struct graph *g) {
}
WEAK struct regexp *regexp_new(const char *pattern, char *why, size_t why_bytes) {
    return NULL;
}
WEAK void regexp_free(struct regexp *r) {
}
WEAK bool regexp_matches(struct regexp *r, const char *s) {
    return false;
}
WEAK bool regexp_find(struct regexp *r, const char *s, size_t *start, size_t *end) {
    return false;
}
WEAK const char *regexp_text(const struct regexp *r) {
    return "";
}
WEAK double measure_scale(int64_t value, const char *from_unit, const char *to_unit,
                          const char **unit) {
    return 0;
}
WEAK char *measure_label(int64_t value, const char *from_unit, const char *to_unit,
                         char text[MEASURE_LABEL_BYTES]) {
    return text;
}
WEAK char *measure_percentage(int64_t value, int64_t total, char text[MEASURE_LABEL_BYTES]) {
    return text;
}
WEAK bool measure_compatible(const char *unit1, const char *unit2) {
    return false;
}
WEAK double measure_factor(const char *unit, const char *finer) {
    return 1;
}
WEAK bool measure_is_time(const char *unit) {
    return false;
}
WEAK int filter_apply(struct profile *p, const struct options *o, char *why, size_t why_bytes) {
    return -ENOSYS;
}
WEAK int filter_tag_frames(struct profile *p, const struct options *o) {
    return -ENOSYS;
}
WEAK int filter_aggregate(struct profile *p, enum granularity g, bool noinlines, bool showcolumns) {
    return -ENOSYS;
}
WEAK int filter_uninteresting(struct profile *p, char *why, size_t why_bytes) {
    return -ENOSYS;
}
WEAK struct label_units *label_units_new(const struct profile *p) {
    return NULL;
}
WEAK const char *label_unit(const struct label_units *u, const char *key) {
    return "";
}
WEAK void label_units_free(struct label_units *u) {
}
WEAK int filter_sample_index(const struct profile *p, const char *sample_index, size_t *index,
                             char *why, size_t why_bytes) {
    return -ENOSYS;
}
WEAK int source_fetch(const struct source_request *q, struct profile **out, char *why,
                      size_t why_bytes) {
    return -ENOSYS;
}
WEAK int source_parse(const void *bytes, size_t n, struct profile **out, char *why,
                      size_t why_bytes) {
    return -ENOSYS;
}
WEAK int legacy_parse(const char *text, size_t n, struct profile **out, char *why,
                      size_t why_bytes) {
    return -ENOSYS;
}
WEAK int source_combine(struct profile *const *profiles, size_t n, struct profile **out, char *why,
                        size_t why_bytes) {
    return -ENOSYS;
}
WEAK int source_symbolize(struct profile *p, const char *mode, const char *url, char *why,
                          size_t why_bytes) {
    return -ENOSYS;
}
