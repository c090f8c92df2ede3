/* `topproto`: the nodes that top would list, as a profile in which each is a sample of its own. */
#include <errno.h>

#include "reader/graph/order.h"
#include "reader/measure.h"
#include "reader/report/parts.h"

static int64_t scaled(const struct report *r, int64_t value) {
    const char *unit;

    return integer_part(measure_scale(value, r->sample_unit, r->output_unit, &unit));
}

static int add_node(const struct report *r, struct profile *out, const struct graph_node *n) {
    const struct node_info *info = &n->info;
    struct profile_function *f =
        profile_function(out, info->name, info->orig_name, info->file, info->start_line);
    struct profile_location *l = profile_add_location(out);
    struct profile_sample *s = profile_add_sample(out);

    if (!f || !l || !s)
        return -ENOMEM;
    l->address = info->address;
    l->lines = profile_alloc(out, sizeof(*l->lines));
    s->locations = profile_alloc(out, sizeof(struct profile_location *));
    s->values = profile_alloc(out, 2 * sizeof(*s->values));
    if (!l->lines || !s->locations || !s->values)
        return -ENOMEM;
    l->n_lines = s->n_locations = 1;
    l->lines[0] = (struct profile_line){.function = f, .line = info->line, .column = info->column};
    s->locations[0] = l;
    s->values[0] = scaled(r, node_cum(n));
    s->values[1] = scaled(r, node_flat(n));
    return 0;
}

static int fill(const struct report *r, struct profile *out, const struct graph *g) {
    const struct profile *p = r->profile;
    int err = profile_add_sample_type(out, "cum", r->output_unit);

    err = err ? err : profile_add_sample_type(out, "flat", r->output_unit);
    out->time_nanos = p->time_nanos;
    out->duration_nanos = p->duration_nanos;
    out->period = p->period;
    out->period_type =
        (struct profile_value_type){.type = profile_string(out, p->period_type.type),
                                    .unit = profile_string(out, p->period_type.unit)};
    if (!out->period_type.type || !out->period_type.unit)
        return -ENOMEM;
    for (size_t i = 0; i < g->n_nodes && err == 0; i++)
        err = add_node(r, out, g->nodes[i]);
    return err;
}

int report_topproto(struct report *r, FILE *to, char *why, size_t why_bytes) {
    struct report_graph g;
    int err = report_graph(r, &g);
    struct profile *out = err == 0 ? profile_new() : NULL;

    if (err == 0)
        err = out ? fill(r, out, g.graph) : -ENOMEM;
    if (err == 0)
        err = report_encode(out, to, why, why_bytes);
    profile_free(out);
    graph_free(g.graph);
    return err;
}
