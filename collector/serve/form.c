/* A multipart body becomes a query, so that there is one reader of parameters. What is not as it
 * should be ends the walk: the parts before it count. */
#include "collector/serve/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 70 };

/* Bytes of a message that are not ours. */
struct span {
    const char *s;
    size_t n;
};

static bool is_type(const char *content_type, const char *type) {
    size_t n = strlen(type);
    return content_type && strncasecmp(content_type, type, n) == 0 &&
           (content_type[n] == '\0' || strchr("; \t", content_type[n]));
}

bool form_is_urlencoded(const char *content_type) {
    return is_type(content_type, "application/x-www-form-urlencoded");
}

/* What stands behind `mark`, in quotes or up to a `;` or a space. */
static bool find_value(struct span in, const char *mark, struct span *value) {
    const char *at = memmem(in.s, in.n, mark, strlen(mark));
    if (!at)
        return false;
    const char *end = in.s + in.n;
    at += strlen(mark);
    bool quoted = at < end && *at == '"';
    at += quoted;
    *value = (struct span){at, 0};
    while (at < end && (quoted ? *at != '"' : !strchr("; \t\r\n", *at)))
        at++;
    value->n = (size_t)(at - value->s);
    return !quoted || at < end;
}

/* Cuts off what stands before `mark`, and that; false when it is not there. */
static bool cut(struct span *rest, const char *mark, struct span *before) {
    const char *at = memmem(rest->s, rest->n, mark, strlen(mark));
    if (!at)
        return false;
    *before = (struct span){rest->s, (size_t)(at - rest->s)};
    rest->n -= before->n + strlen(mark);
    rest->s = at + strlen(mark);
    return true;
}

static void write_escaped(struct span value, FILE *out) {
    for (size_t i = 0; i < value.n; i++)
        fprintf(out, "%%%02X", (unsigned char)value.s[i]);
}

static void write_part(struct span headers, struct span content, FILE *out) {
    struct span name, file;
    if (!find_value(headers, " name=", &name) || find_value(headers, "filename=", &file))
        return;
    write_escaped(name, out);
    fputc('=', out);
    write_escaped(content, out);
    fputc('&', out);
}

static void write_parts(struct span body, const char *boundary, FILE *out) {
    struct span headers, content;
    char between[BOUNDARY_MAX + 8];
    snprintf(between, sizeof between, "--%s", boundary);
    if (!cut(&body, between, &headers))
        return;
    snprintf(between, sizeof between, "\r\n--%s", boundary);
    while (body.n >= 2 && memcmp(body.s, "\r\n", 2) == 0 && cut(&body, "\r\n\r\n", &headers) &&
           cut(&body, between, &content))
        write_part(headers, content, out);
}

char *form_of_multipart(const char *content_type, const char *body, size_t n) {
    struct span value;
    char boundary[BOUNDARY_MAX + 1], *text = NULL;
    size_t bytes;
    if (!is_type(content_type, "multipart/form-data") ||
        !find_value((struct span){content_type, strlen(content_type)}, "boundary=", &value) ||
        value.n == 0 || value.n > BOUNDARY_MAX)
        return NULL;
    snprintf(boundary, sizeof boundary, "%.*s", (int)value.n, value.s);
    FILE *out = open_memstream(&text, &bytes);
    if (!out)
        return NULL;
    write_parts((struct span){body, n}, boundary, out);
    fclose(out);
    return text;
}
