/* Making replies. One that cannot be made for want of memory is the static text of that. */
#include "collector/serve/reply.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "collector/serve/escape.h"

void reply_release(struct reply *r) {
    free(r->body);
    free(r->location);
    *r = (struct reply){0};
}

void reply_take(struct reply *r, const char *type, char *body, size_t bytes) {
    free(r->body);
    r->status = 200;
    r->type = type;
    r->body = body;
    r->bytes = bytes;
}

void reply_error(struct reply *r, unsigned status, const char *format, ...) {
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    reply_release(r);
    strcat(line, "\n");
    r->body = strdup(line);
    r->bytes = r->body ? strlen(line) : 0;
    r->status = status;
    r->type = REPLY_TEXT;
    r->pprof_error = true;
}

void reply_not_found(struct reply *r) {
    reply_error(r, 404, "404 page not found");
    r->pprof_error = false;
}

FILE *reply_open(struct reply *r) {
    reply_release(r);
    FILE *out = open_memstream(&r->body, &r->bytes);
    if (!out)
        reply_error(r, 500, "out of memory");
    return out;
}

void reply_close(struct reply *r, FILE *out, const char *type) {
    int failed = ferror(out);
    failed |= fclose(out);
    r->status = 200;
    r->type = type;
    if (failed || !r->body)
        reply_error(r, 500, "out of memory");
}

void reply_redirect(struct reply *r, const char *path, const char *query) {
    char *location = NULL;
    size_t bytes;
    FILE *to = open_memstream(&location, &bytes);
    if (to) {
        url_escape_path(path, to);
        fputs(*query ? "?" : "", to);
        url_escape_query(query, to);
        fclose(to);
    }
    FILE *out = location ? reply_open(r) : NULL;
    if (!out) {
        free(location);
        reply_error(r, 500, "out of memory");
        return;
    }
    fputs("<a href=\"", out);
    html_escape(location, out);
    fputs("\">Moved Permanently</a>.\n\n", out);
    reply_close(r, out, REPLY_HTML);
    if (r->status == 200) {
        r->status = 301;
        r->location = location;
    } else {
        free(location);
    }
}
