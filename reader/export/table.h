/* Records with named fields, as JSON or as CSV: what a row has is said once.
 *
 * Private to reader/export/. One thread at a time per writer; not async-signal-safe; nothing is
 * allocated. Errors stay with the stream. */
#ifndef CPPROF_READER_EXPORT_TABLE_H
#define CPPROF_READER_EXPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "reader/export/export.h"

/* ---- JSON: commas and line ends are the writer's */

enum { JSON_DEPTH = 8 };
struct json {
    FILE *to;
    unsigned depth;
    bool more[JSON_DEPTH]; /* something stands there already */
    char close[JSON_DEPTH];
};

/* `name` is NULL in a list and for the document. Elements of a list begin a line each. */
void json_open_object(struct json *j, const char *name);
void json_open_list(struct json *j, const char *name);
void json_close(struct json *j);     /* what was opened last; a line end after the document */
void json_close_all(struct json *j); /* if anything was opened */
void json_put_string(struct json *j, const char *name, const char *s);
void json_put_int(struct json *j, const char *name, int64_t value);

/* ---- fields */

enum field_type { FIELD_NONE, FIELD_STRING, FIELD_INT, FIELD_NUMBER, FIELD_ADDRESS };
struct field {
    const char *name;
    enum field_type type; /* FIELD_NONE: null, or nothing between commas */
    const char *s;
    int64_t i;
    double x; /* written with six digits */
};

struct field field_string(const char *name, const char *s);
struct field field_int(const char *name, int64_t value);
/* `0x4f10`, a string; "" for 0. */
struct field field_address(const char *name, uint64_t address);
/* `part` as percent of `whole`, signed; none if that is 0. */
struct field field_percent(const char *name, int64_t part, int64_t whole);
/* `part` divided by `whole`; none if that is 0. */
struct field field_ratio(const char *name, int64_t part, int64_t whole);

/* An object of these fields, as an element of a list. */
void json_object(struct json *j, const struct field *fields, size_t n);
void json_fields(struct json *j, const struct field *fields, size_t n);
/* A line of CSV: the names of the fields, their values. Lines end as in RFC 4180. */
void csv_header(FILE *to, const struct field *fields, size_t n);
void csv_fields(FILE *to, const struct field *fields, size_t n);

#endif
