/* A profile as a pprof file: its messages, in the order of the model, through the streaming writer.
 * The order of the calls fixes that of the string table, so the same profile gives the same bytes.
 */
#include <errno.h>
#include <stdlib.h>

#include "proto/profile.h"

/* Files are written once and read and kept often. */
enum { COMPRESSION_LEVEL = 6 };

/* Room for the ids and labels of one sample, or the lines of one location. */
struct encoder {
    struct pprof_writer *w;
    uint64_t *ids;
    struct pprof_wire_label *labels;
    struct pprof_wire_line *lines;
};

static void write_header(struct pprof_writer *w, const struct profile *p) {
    for (size_t i = 0; i < p->n_sample_types; i++)
        pprof_write_sample_type(w, p->sample_types[i].type, p->sample_types[i].unit);
    if (*p->default_sample_type)
        pprof_write_default_sample_type(w, p->default_sample_type);
    if (p->period != 0 || *p->period_type.type || *p->period_type.unit)
        pprof_write_period(w, p->period_type.type, p->period_type.unit, p->period);
    if (p->time_nanos != 0 || p->duration_nanos != 0)
        pprof_write_time(w, p->time_nanos, p->duration_nanos);
    if (*p->drop_frames || *p->keep_frames)
        pprof_write_drop_keep(w, p->drop_frames, p->keep_frames);
    if (*p->doc_url)
        pprof_write_doc_url(w, p->doc_url);
    for (size_t i = 0; i < p->n_comments; i++)
        pprof_write_comment(w, p->comments[i]);
}

static void write_mapping(struct pprof_writer *w, const struct profile_mapping *m) {
    const struct pprof_wire_mapping wire = {
        .id = m->id,
        .memory_start = m->start,
        .memory_limit = m->limit,
        .file_offset = m->offset,
        .filename = pprof_writer_string(w, m->file),
        .build_id = pprof_writer_string(w, m->build_id),
        .has_functions = m->has_functions,
        .has_filenames = m->has_filenames,
        .has_line_numbers = m->has_line_numbers,
        .has_inline_frames = m->has_inline_frames,
    };

    pprof_write_mapping(w, &wire);
}

static void write_function(struct pprof_writer *w, const struct profile_function *f) {
    const struct pprof_wire_function wire = {
        .id = f->id,
        .name = pprof_writer_string(w, f->name),
        .system_name = pprof_writer_string(w, f->system_name),
        .filename = pprof_writer_string(w, f->filename),
        .start_line = f->start_line,
    };

    pprof_write_function(w, &wire);
}

static void write_location(struct encoder *e, const struct profile_location *l) {
    for (size_t i = 0; i < l->n_lines; i++)
        e->lines[i] = (struct pprof_wire_line){.function_id = l->lines[i].function->id,
                                               .line = l->lines[i].line,
                                               .column = l->lines[i].column};
    pprof_write_location(e->w, l->id, l->mapping ? l->mapping->id : 0, l->address, e->lines,
                         l->n_lines, l->is_folded);
}

static void write_sample(struct encoder *e, size_t n_values, const struct profile_sample *s) {
    for (size_t i = 0; i < s->n_locations; i++)
        e->ids[i] = s->locations[i]->id;
    for (size_t i = 0; i < s->n_labels; i++)
        e->labels[i] =
            (struct pprof_wire_label){.key = pprof_writer_string(e->w, s->labels[i].key),
                                      .str = pprof_writer_string(e->w, s->labels[i].str),
                                      .num = s->labels[i].num,
                                      .num_unit = pprof_writer_string(e->w, s->labels[i].num_unit)};
    pprof_write_sample(e->w, e->ids, s->n_locations, s->values, n_values, e->labels, s->n_labels);
}

/* Room for the largest sample and location. */
static int encoder_init(struct encoder *e, const struct profile *p) {
    size_t ids = 1, labels = 1, lines = 1;

    for (size_t i = 0; i < p->n_samples; i++) {
        ids = p->samples[i].n_locations > ids ? p->samples[i].n_locations : ids;
        labels = p->samples[i].n_labels > labels ? p->samples[i].n_labels : labels;
    }
    for (size_t i = 0; i < p->n_locations; i++)
        lines = p->locations[i]->n_lines > lines ? p->locations[i]->n_lines : lines;
    e->ids = calloc(ids, sizeof(*e->ids));
    e->labels = calloc(labels, sizeof(*e->labels));
    e->lines = calloc(lines, sizeof(*e->lines));
    return e->ids && e->labels && e->lines ? 0 : -ENOMEM;
}

static void encoder_release(struct encoder *e) {
    free(e->ids);
    free(e->labels);
    free(e->lines);
}

int profile_encode(const struct profile *p, pprof_sink_fn *sink, void *sink_ctx) {
    struct encoder e = {0};
    int err = profile_check(p, NULL, 0);

    if (err < 0)
        return err;
    err = encoder_init(&e, p);
    if (err == 0) {
        e.w = pprof_writer_new(&mem_malloc, sink, sink_ctx, COMPRESSION_LEVEL);
        err = e.w ? 0 : -ENOMEM;
    }
    if (err == 0) {
        write_header(e.w, p);
        for (size_t i = 0; i < p->n_mappings; i++)
            write_mapping(e.w, p->mappings[i]);
        for (size_t i = 0; i < p->n_functions; i++)
            write_function(e.w, p->functions[i]);
        for (size_t i = 0; i < p->n_locations; i++)
            write_location(&e, p->locations[i]);
        for (size_t i = 0; i < p->n_samples; i++)
            write_sample(&e, p->n_sample_types, &p->samples[i]);
        err = pprof_writer_finish(e.w);
    }
    encoder_release(&e);
    return err;
}
