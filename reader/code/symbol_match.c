/* Symbols by name. All that begins at one address is one function, which ends where the next one
 * begins. */
#include "reader/code/symbol_match.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "symbolize/demangle.h"

enum { MAX_NAME_BYTES = 16 * 1024 };

/* Takes the arguments of templates off a name, in place. `operator<` is no bracket. */
static void cut_templates(char *name) {
    static const char word[] = "operator";
    size_t depth = 0;
    char *to = name;

    for (const char *at = name; *at; at++) {
        bool after_word = to >= name + sizeof(word) - 1 &&
                          memcmp(to - (sizeof(word) - 1), word, sizeof(word) - 1) == 0;

        if (depth == 0 && after_word && (*at == '<' || *at == '-')) {
            size_t n = strspn(at, "<=>-");

            memmove(to, at, n);
            to += n;
            at += n - 1;
        } else if (*at == '<') {
            depth++;
        } else if (*at == '>' && depth > 0) {
            depth--;
        } else if (depth == 0) {
            *to++ = *at;
        }
    }
    *to = 0;
}

/* The name by which a symbol matches, malloc'ed; NULL in *name if by none. -ENOMEM. */
static int matching_name(struct regexp *regexp, const char *symbol, char **name) {
    char demangled[MAX_NAME_BYTES];
    bool matches = regexp_matches(regexp, symbol);

    *name = NULL;
    if (matches) {
        *name = strdup(symbol);
        return *name ? 0 : -ENOMEM;
    }
    if (symbol[0] != '_')
        return 0;
    matches =
        demangle_whole(symbol, demangled, sizeof(demangled)) && regexp_matches(regexp, demangled);
    if (!matches && demangle(symbol, demangled, sizeof(demangled))) {
        matches = regexp_matches(regexp, demangled);
        if (!matches) {
            cut_templates(demangled);
            matches = regexp_matches(regexp, demangled);
        }
    }
    if (matches)
        *name = strdup(demangled);
    return matches && !*name ? -ENOMEM : 0;
}

static int add_name(struct symbol_match *m, char *name) {
    if (!name)
        return -ENOMEM;
    if (!grow_array(&m->names, m->n_names, sizeof(*m->names))) {
        free(name);
        return -ENOMEM;
    }
    m->names[m->n_names++] = name;
    return 0;
}

/* The names by which n symbols that begin at one address are meant. */
static int match_group(const struct code_symbol *symbols, size_t n, struct regexp *regexp,
                       bool by_address, struct symbol_match *m) {
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i++) {
        char *name = NULL;

        if (by_address)
            rc = add_name(m, strdup(symbols[i].name));
        else
            rc = matching_name(regexp, symbols[i].name, &name);
        if (name)
            return add_name(m, name);
    }
    return rc;
}

static int add_match(struct symbol_match **matches, size_t *n, struct symbol_match *m) {
    if (m->n_names == 0)
        return 0;
    if (!grow_array(matches, *n, sizeof(**matches)))
        return -ENOMEM;
    (*matches)[(*n)++] = *m;
    *m = (struct symbol_match){0};
    return 0;
}

static void release(struct symbol_match *m) {
    for (size_t i = 0; i < m->n_names; i++)
        free(m->names[i]);
    free(m->names);
}

int symbol_matches(struct code_object *o, bool elsewhere, struct regexp *regexp,
                   const uint64_t *address, struct symbol_match **matches, size_t *n) {
    const struct code_symbol *symbols;
    size_t n_symbols, group;
    int rc = code_object_symbols(o, elsewhere, &symbols, &n_symbols);

    *matches = NULL;
    *n = 0;
    for (size_t i = 0; rc == 0 && i < n_symbols; i += group) {
        struct symbol_match m = {.start = symbols[i].address};

        for (group = 1; i + group < n_symbols && symbols[i + group].address == m.start;)
            group++;
        m.end = (i + group < n_symbols ? symbols[i + group].address : 0) - 1;
        rc = match_group(symbols + i, group, regexp,
                         address && *address >= m.start && *address <= m.end, &m);
        if (rc == 0)
            rc = add_match(matches, n, &m);
        release(&m);
    }
    if (rc < 0) {
        symbol_matches_free(*matches, *n);
        *matches = NULL;
        *n = 0;
    }
    return rc;
}

void symbol_matches_free(struct symbol_match *matches, size_t n) {
    for (size_t i = 0; i < n; i++)
        release(&matches[i]);
    free(matches);
}
