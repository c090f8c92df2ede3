/* /debug/pprof/symbol: names of addresses, for a pprof that has only those. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/arena_mappings.h"
#include "collector/serve/endpoints.h"
#include "collector/serve/names.h"

enum { WORD_MAX = 4096 }; /* net/http/pprof's buffer */

/* An address as a location of a profile, with the mapping that it is in now. */
static int add_address(struct profile *p, struct arena_mappings *mappings, uint64_t pc,
                       uint32_t epoch) {
    int err = 0;
    struct profile_mapping *m = arena_mapping_at(mappings, pc, epoch, &err);
    struct profile_location *l = err || !m ? NULL : profile_add_location(p);
    if (!m)
        return err; /* nobody's: no answer */
    if (!l)
        return -ENOMEM;
    l->address = pc;
    l->mapping = m;
    return 0;
}

/* Adds the addresses in `s`, separated by `+`; *too_long when one of them cannot be one. */
static int add_addresses(struct profile *p, struct arena_mappings *mappings, const char *s,
                         uint32_t epoch, bool *too_long) {
    int err = 0;
    for (bool more = true; more && !err;) {
        size_t n = strcspn(s, "+");
        more = s[n] == '+';
        *too_long = n + more > WORD_MAX || (n == WORD_MAX && !more);
        if (*too_long)
            break;
        uint64_t pc = parse_address(s, n);
        if (pc)
            err = add_address(p, mappings, pc, epoch);
        s += n + more;
    }
    return err;
}

static void write_names(const struct profile *p, bool too_long, FILE *out) {
    fputs("num_symbols: 1\n", out);
    for (size_t i = 0; i < p->n_locations; i++) {
        const struct profile_location *l = p->locations[i];
        if (l->n_lines)
            fprintf(out, "%#" PRIx64 " %s\n", l->address, l->lines[0].function->name);
    }
    if (too_long)
        fputs("reading request: bufio: buffer full\n", out);
}

static int name_addresses(struct server *s, const struct arena_view *v, const char *list,
                          struct profile *p, bool *too_long) {
    struct arena_mappings mappings;
    int err = arena_mappings_init(&mappings, v, p);
    if (!err)
        err = add_addresses(p, &mappings, list, arena_view_header(v)->epoch, too_long);
    arena_mappings_release(&mappings);
    return err ? err : names_put(s->names, p, NULL);
}

void serve_symbol(const struct request *q, const struct endpoint *e, const struct target *t,
                  struct reply *r) {
    const char *list = strcmp(q->method, "POST") == 0 ? q->body ? q->body : "" : q->query;
    struct arena_image image;
    struct profile *p = profile_new();
    bool too_long = false;
    const char *why = "cannot be read: out of memory";
    server_work_begins(q->server);
    int err = p ? target_load(t, &image, &why) : -ENOMEM;
    if (!err) {
        err = name_addresses(q->server, &image.view, list, p, &too_long);
        arena_image_release(&image);
    }
    server_work_ends(q->server);
    FILE *out = err ? NULL : reply_open(r);
    if (out) {
        write_names(p, too_long, out);
        reply_close(r, out, REPLY_TEXT);
    } else {
        reply_error(r, 500, "process %d %s", t->file->pid, why);
    }
    profile_free(p);
}
