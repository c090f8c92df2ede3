/* Names for addresses, as -symbolize says: from the files that were mapped, then from the server
 * that the profile came from; and as people read them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/source/source_parts.h"

/* What -symbolize says. */
struct symbolize_mode {
    bool none, local, remote, fast, force;
    const char *demangle; /* "", "none", "templates", "full" */
};

static bool take_demangle(const char *word, struct symbolize_mode *m) {
    static const char *const modes[] = {"full", "none", "templates"};
    static const char prefix[] = "demangle=";

    if (strncmp(word, prefix, sizeof(prefix) - 1) == 0)
        word += sizeof(prefix) - 1;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (strcmp(word, modes[i]) == 0) {
            m->demangle = modes[i];
            m->force = true;
            return true;
        }
    return strcmp(word, "default") == 0;
}

static void take_word(const char *word, const char *text, struct symbolize_mode *m) {
    if (strcmp(word, "none") == 0 || strcmp(word, "no") == 0) {
        m->none = true;
    } else if (strcmp(word, "local") == 0 || strcmp(word, "fastlocal") == 0) {
        m->remote = false;
        m->local = true;
        m->fast = m->fast || *word == 'f';
    } else if (strcmp(word, "remote") == 0) {
        m->remote = true;
        m->local = false;
    } else if (strcmp(word, "force") == 0) {
        m->force = true;
    } else if (*word && !take_demangle(word, m)) {
        fprintf(stderr,
                "ignoring unrecognized symbolization option: %s\n"
                "expecting -symbolize=[local|fastlocal|remote|none][:force]"
                "[:demangle=[none|full|templates|default]\n",
                text);
    }
}

static int parse_mode(const char *text, struct symbolize_mode *m) {
    char *copy = strdup(text), *rest = copy, *word;

    *m = (struct symbolize_mode){.local = true, .remote = true, .demangle = ""};
    if (!copy)
        return -ENOMEM;
    for (char *c = copy; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    while (!m->none && (word = strsep(&rest, ":")) != NULL)
        take_word(word, text, m);
    free(copy);
    return 0;
}

/* Functions that were added have ids that others may have had, whose ids need not be dense. */
static void number_functions(struct profile *p) {
    for (size_t i = 0; i < p->n_functions; i++)
        p->functions[i]->id = i + 1;
}

int source_symbolize_with(struct profile *p, const char *mode_text, const struct mapping_sources *s,
                          const struct source_tls *tls, char *why, size_t why_bytes) {
    struct symbolize_mode mode;
    size_t n_before = p->n_functions;
    int err = parse_mode(mode_text ? mode_text : "", &mode);

    if (err < 0 || mode.none)
        return err;
    if (mode.local)
        err = source_symbolize_locally(p, mode.force, mode.fast);
    if (err == 0 && mode.remote)
        err = source_symbolize_remote(p, mode.force, s, tls, why, why_bytes);
    if (p->n_functions > n_before)
        number_functions(p);
    return err ? err : source_demangle(p, mode.force, mode.demangle);
}

int source_symbolize(struct profile *p, const char *mode, const char *url, char *why,
                     size_t why_bytes) {
    const struct source_tls no_tls = {0};
    struct mapping_sources s = {0};
    int err = url ? mapping_sources_add(&s, p, url) : 0;

    err = err ? err : source_symbolize_with(p, mode, &s, &no_tls, why, why_bytes);
    mapping_sources_release(&s);
    mapping_sources_forget(p);
    return err;
}
