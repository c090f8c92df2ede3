/* What the reports for programs share: the head of the document, and how a function is named. */
#include "reader/export/reports.h"

#include "reader/graph/order.h"

int64_t export_value(const struct report *r, int64_t value) {
    return r->ratio > 0 && r->ratio != 1 ? integer_part((double)value * r->ratio) : value;
}

static void add_filters(struct json *j, const struct options *o) {
    const struct {
        const char *name, *value;
    } filters[] = {
        {"focus", o->focus},       {"ignore", o->ignore},       {"hide", o->hide},
        {"show", o->show},         {"show_from", o->show_from}, {"prune_from", o->prune_from},
        {"tagfocus", o->tagfocus}, {"tagignore", o->tagignore}, {"tagshow", o->tagshow},
        {"taghide", o->taghide},
    };

    json_open_object(j, "filters");
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        if (filters[i].value && filters[i].value[0])
            json_put_string(j, filters[i].name, filters[i].value);
    json_close(j);
}

void export_profile(struct json *j, const struct report *r) {
    const struct profile *p = r->profile;

    json_put_string(j, "file", p->n_mappings ? p->mappings[0]->file : "");
    json_put_string(j, "build_id", p->n_mappings ? p->mappings[0]->build_id : "");
    json_put_int(j, "time_nanos", p->time_nanos);
    json_put_int(j, "duration_nanos", p->duration_nanos);
    json_put_string(j, "doc_url", p->doc_url);
    json_open_list(j, "comments");
    for (size_t i = 0; i < p->n_comments; i++)
        json_put_string(j, NULL, p->comments[i]);
    json_close(j);
}

void export_open(struct json *j, const struct report *r, const char *report) {
    json_open_object(j, NULL);
    json_put_string(j, "report", report);
    json_put_int(j, "version", 1);
    json_put_string(j, "sample_type", r->sample_type);
    json_put_string(j, "unit", r->sample_unit);
    add_filters(j, &r->options);
}

struct field *export_node_fields(struct field *at, const struct node_info *info, const char *name) {
    *at++ = field_string("name", name);
    *at++ = field_string("function", info->name);
    *at++ = field_string("file", info->file);
    *at++ = field_int("line", info->line);
    *at++ = field_address("address", info->address);
    *at++ = field_string("object", info->objfile);
    return at;
}

struct field *export_type_fields(struct field *at, const struct report *r) {
    *at++ = field_string("sample_type", r->sample_type);
    *at++ = field_string("unit", r->sample_unit);
    return at;
}
