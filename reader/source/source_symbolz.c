/* Names of addresses from the server that the profile came from: google/pprof's internal/symbolz.
 * It is asked `0x1+0x2` by POST, and answers with a line `0x1 name` each. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/ids.h"
#include "reader/source/legacy_text.h"
#include "reader/source/source_parts.h"

enum { TIMEOUT_S = 60 };

/* What is added to an address here to have it there; false where that has no end. */
static bool adjust(uint64_t address, int64_t offset, uint64_t *adjusted) {
    *adjusted = address + (uint64_t)offset;
    return offset < 0 ? *adjusted < address : *adjusted >= address;
}

/* ---- the answer */

/* Takes `0xHEX NAME` from anywhere in a line; false where it is not. */
static bool take_symbol(struct text line, struct text *address, struct text *name) {
    const char *at;

    while ((at = memmem(line.at, text_bytes(line), "0x", 2)) != NULL) {
        line.at = at + 2;
        if (!text_take_run(&line, text_is_hex, address))
            continue;
        if (!text_take_run(&line, text_is_space, NULL))
            continue;
        *name = line;
        return true;
    }
    return false;
}

/* Gives one location its name. */
static int set_name(struct profile *p, struct profile_location *l, struct text name) {
    struct profile_line *line = profile_alloc(p, sizeof(*line));
    const char *text = profile_string_n(p, name.at, text_bytes(name));

    if (!line || !text)
        return -ENOMEM;
    line->function = profile_function(p, text, text, "", 0);
    l->lines = line;
    l->n_lines = 1;
    return line->function ? 0 : -ENOMEM;
}

/* Of several locations with one address only the first is in the table; the others follow it. */
static void follow(struct profile *p, const struct profile_mapping *m, const struct ids *table) {
    for (size_t i = 0; i < p->n_locations; i++) {
        struct profile_location *l = p->locations[i], *first;

        if (l->mapping != m || (first = ids_get(table, l->address)) == l || first->n_lines == 0)
            continue;
        l->lines = first->lines;
        l->n_lines = first->n_lines;
    }
}

/* The locations of a mapping, by address: a table, to be released. */
static int index_locations(const struct profile *p, const struct profile_mapping *m,
                           struct ids *table) {
    int err = ids_init(table, p->n_locations);

    for (size_t i = 0; i < p->n_locations && err == 0; i++)
        if (p->locations[i]->mapping == m)
            ids_add(table, p->locations[i]->address, p->locations[i]);
    return err;
}

int source_take_symbols(struct profile *p, struct profile_mapping *m, int64_t offset,
                        const char *text, size_t n, char *why, size_t why_bytes) {
    struct text rest = {text, text + n}, line, digits, name;
    struct ids table = {0};
    int err = index_locations(p, m, &table);

    /* A last line without its end may be half of one. */
    while (rest.end > rest.at && rest.end[-1] != '\n')
        rest.end--;
    while (err == 0 && text_take_line(&rest, &line)) {
        struct profile_location *l;
        uint64_t there, here;

        if (!take_symbol(line, &digits, &name))
            continue;
        if (!text_u64(digits, 16, &there, NULL)) {
            snprintf(why, why_bytes, "unexpected parse failure 0x%.*s: value out of range",
                     (int)text_bytes(digits), digits.at);
            err = -EINVAL;
        } else if (!adjust(there, -offset, &here)) {
            snprintf(why, why_bytes,
                     "cannot adjust symbolz address %" PRIu64 " by %" PRId64 ", it would overflow",
                     there, -offset);
            err = -EINVAL;
        } else if ((l = ids_get(&table, here)) != NULL) {
            err = set_name(p, l, name);
        }
    }
    if (err == 0)
        follow(p, m, &table);
    ids_release(&table);
    return err;
}

/* ---- the question */

/* The addresses of a mapping that have no name, joined by `+`: *out is malloc'ed, "" for none. */
static int make_query(const struct profile *p, const struct profile_mapping *m, int64_t offset,
                      char **out, char *why, size_t why_bytes) {
    const char *plus = "";
    size_t bytes;
    FILE *f = open_memstream(out, &bytes);
    int err = f ? 0 : -ENOMEM;

    for (size_t i = 0; i < p->n_locations && err == 0; i++) {
        const struct profile_location *l = p->locations[i];
        uint64_t there;

        if (l->mapping != m || l->address == 0 || l->n_lines > 0)
            continue;
        if (!adjust(l->address, offset, &there)) {
            snprintf(why, why_bytes,
                     "cannot adjust address %" PRIu64 " by %" PRId64 ", it would overflow",
                     l->address, offset);
            err = -EINVAL;
        } else if (fprintf(f, "%s%#" PRIx64, plus, there) < 0) {
            err = -ENOMEM;
        }
        plus = "+";
    }
    if (f && fclose(f) != 0 && err == 0)
        err = -ENOMEM;
    return err;
}

static int post(const char *url_text, const char *query, const struct source_tls *tls, void **body,
                size_t *n, char *why, size_t why_bytes) {
    struct source_url url;
    struct http_request q = {.url = &url,
                             .post = query,
                             .timeout_s = TIMEOUT_S,
                             .max_bytes = SOURCE_MAX_BYTES,
                             .tls = tls};
    char reason[SOURCE_WHY_BYTES] = "";
    int err = source_url_parse(url_text, &url);
    char *shown = err ? NULL : source_url_text(&url, true);

    err = err ? err : http_ask(&q, body, n, reason, sizeof(reason));
    if (err < 0)
        snprintf(why, why_bytes, "http post %s: %s", shown ? shown : "", reason);
    free(shown);
    source_url_release(&url);
    return err;
}

static int symbolize_mapping(struct profile *p, struct profile_mapping *m, const char *url,
                             int64_t offset, const struct source_tls *tls, char *why,
                             size_t why_bytes) {
    char *query = NULL;
    void *body = NULL;
    size_t n = 0;
    int err = make_query(p, m, offset, &query, why, why_bytes);

    if (err == 0 && *query) {
        err = post(url, query, tls, &body, &n, why, why_bytes);
        err = err ? err : source_take_symbols(p, m, offset, body, n, why, why_bytes);
    }
    free(body);
    free(query);
    return err;
}

/* The first server that this mapping came from and that can be asked. */
static char *symbols_url(const struct profile_mapping *m, const struct mapping_sources *s,
                         uint64_t *start) {
    const char *const keys[] = {m->file, m->build_id};
    char *url = NULL;

    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < s->n && *keys[k]; i++) {
            if (strcmp(s->at[i].key, keys[k]) != 0)
                continue;
            url = source_url_of_symbols(s->at[i].url);
            *start = s->at[i].start;
            if (url)
                return url;
        }
    return NULL;
}

int source_symbolize_remote(struct profile *p, bool force, const struct mapping_sources *s,
                            const struct source_tls *tls, char *why, size_t why_bytes) {
    int err = 0;

    for (size_t i = 0; i < p->n_mappings && err == 0; i++) {
        struct profile_mapping *m = p->mappings[i];
        uint64_t start = 0;
        char *url = !force && m->has_functions ? NULL : symbols_url(m, s, &start);

        if (!url)
            continue;
        err = symbolize_mapping(p, m, url, (int64_t)(start - m->start), tls, why, why_bytes);
        m->has_functions = m->has_functions || err == 0;
        free(url);
    }
    return err;
}
