/* JSON and CSV of the same fields. */
#include "reader/export/table.h"

#include <inttypes.h>

#include "reader/export/emit.h"

/* What stands before a value: a comma, in lists a line end, a name. */
static void json_begin(struct json *j, const char *name) {
    if (j->depth > 0) {
        unsigned at = j->depth - 1;
        if (j->more[at])
            putc(',', j->to);
        j->more[at] = true;
        if (j->close[at] == ']')
            putc('\n', j->to);
    }
    if (name) {
        emit_json_string(j->to, name);
        putc(':', j->to);
    }
}

static void json_open(struct json *j, const char *name, char open, char close) {
    json_begin(j, name);
    putc(open, j->to);
    j->more[j->depth] = false;
    j->close[j->depth++] = close;
}

void json_open_object(struct json *j, const char *name) {
    json_open(j, name, '{', '}');
}

void json_open_list(struct json *j, const char *name) {
    json_open(j, name, '[', ']');
}

void json_close(struct json *j) {
    putc(j->close[--j->depth], j->to);
    if (j->depth == 0)
        putc('\n', j->to);
}

void json_close_all(struct json *j) {
    while (j->depth > 0)
        json_close(j);
}

void json_put_string(struct json *j, const char *name, const char *s) {
    json_begin(j, name);
    emit_json_string(j->to, s);
}

void json_put_int(struct json *j, const char *name, int64_t value) {
    json_begin(j, name);
    emit_int(j->to, value);
}

struct field field_string(const char *name, const char *s) {
    return (struct field){.name = name, .type = FIELD_STRING, .s = s};
}

struct field field_int(const char *name, int64_t value) {
    return (struct field){.name = name, .type = FIELD_INT, .i = value};
}

struct field field_address(const char *name, uint64_t address) {
    return (struct field){.name = name, .type = FIELD_ADDRESS, .i = (int64_t)address};
}

struct field field_ratio(const char *name, int64_t part, int64_t whole) {
    if (whole == 0)
        return (struct field){.name = name, .type = FIELD_NONE};
    return (struct field){.name = name, .type = FIELD_NUMBER, .x = (double)part / (double)whole};
}

struct field field_percent(const char *name, int64_t part, int64_t whole) {
    struct field f = field_ratio(name, part, whole);
    f.x *= 100;
    return f;
}

static void write_value(FILE *to, const struct field *f) {
    switch (f->type) {
    case FIELD_INT:
        emit_int(to, f->i);
        break;
    case FIELD_NUMBER:
        fprintf(to, "%.6g", f->x);
        break;
    case FIELD_ADDRESS:
        if (f->i != 0)
            fprintf(to, "0x%" PRIx64, (uint64_t)f->i);
        break;
    case FIELD_NONE:
    case FIELD_STRING:
        break;
    }
}

void json_fields(struct json *j, const struct field *fields, size_t n) {
    for (const struct field *f = fields; f < fields + n; f++) {
        const char *quote = f->type == FIELD_ADDRESS ? "\"" : "";
        json_begin(j, f->name);
        if (f->type == FIELD_STRING) {
            emit_json_string(j->to, f->s);
        } else if (f->type == FIELD_NONE) {
            fputs("null", j->to);
        } else {
            fputs(quote, j->to);
            write_value(j->to, f);
            fputs(quote, j->to);
        }
    }
}

void json_object(struct json *j, const struct field *fields, size_t n) {
    json_open_object(j, NULL);
    json_fields(j, fields, n);
    json_close(j);
}

void csv_header(FILE *to, const struct field *fields, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            putc(',', to);
        emit_csv_field(to, fields[i].name);
    }
    fputs("\r\n", to);
}

void csv_fields(FILE *to, const struct field *fields, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            putc(',', to);
        if (fields[i].type == FIELD_STRING)
            emit_csv_field(to, fields[i].s);
        else
            write_value(to, &fields[i]);
    }
    fputs("\r\n", to);
}
