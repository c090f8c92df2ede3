/* Names of functions for people, from their system names: google/pprof's Demangle. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/source/source_parts.h"
#include "symbolize/demangle.h"

enum { NAME_BYTES = 64 * 1024 };

/* Takes nested START...END out of a name, in place; stops where an END has no START. */
static void remove_matching(char *name, char start, char end) {
    size_t nesting = 0;
    char *first = name, *at = name;

    while (*at) {
        if (*at == start && nesting++ == 0) {
            first = at;
        } else if (*at == end) {
            if (nesting == 0)
                return;
            if (--nesting == 0) {
                memmove(first, at + 1, strlen(at + 1) + 1);
                at = first;
                continue;
            }
        }
        at++;
    }
}

/* Names of Java (`class.<init>`) and Go (`foo.(*Bar[...]).Method`) do not. */
static bool looks_like_demangled_cxx(const char *name) {
    return !strstr(name, ".<") && !strstr(name, "]).") &&
           (strpbrk(name, "<>[]") || strstr(name, "::"));
}

/* The name for `system_name`, in `buffer`; or it is `system_name`, unchanged. */
static const char *name_for_people(const char *system_name, enum demangle_mode mode, char *buffer) {
    if (demangle_as(mode, system_name, buffer, NAME_BYTES))
        return buffer;
    /* On macOS every symbol has one more `_`. */
    if (*system_name == '_' && demangle_as(mode, system_name + 1, buffer, NAME_BYTES))
        return buffer;
    if (mode == DEMANGLE_FULL || strlen(system_name) >= NAME_BYTES ||
        !looks_like_demangled_cxx(system_name))
        return system_name;
    strcpy(buffer, system_name);
    remove_matching(buffer, '(', ')');
    if (mode == DEMANGLE_SIMPLE)
        remove_matching(buffer, '<', '>');
    return buffer;
}

static int demangle_function(struct profile *p, struct profile_function *f, enum demangle_mode mode,
                             char *buffer) {
    const char *name;

    if (*f->name && f->name != f->system_name && strcmp(f->name, f->system_name) != 0)
        return 0;
    name = name_for_people(f->system_name, mode, buffer);
    f->name = name == f->system_name ? name : profile_string(p, name);
    return f->name ? 0 : -ENOMEM;
}

int source_demangle(struct profile *p, bool force, const char *mode_name) {
    enum demangle_mode mode = DEMANGLE_SIMPLE;
    char *buffer;
    int err = 0;

    for (size_t i = 0; i < p->n_functions && force; i++)
        if (*p->functions[i]->name && *p->functions[i]->system_name)
            p->functions[i]->name = p->functions[i]->system_name;
    if (strcmp(mode_name, "none") == 0)
        return 0;
    if (strcmp(mode_name, "templates") == 0)
        mode = DEMANGLE_TEMPLATES;
    else if (strcmp(mode_name, "full") == 0)
        mode = DEMANGLE_FULL;
    buffer = malloc(NAME_BYTES);
    if (!buffer)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_functions && err == 0; i++)
        err = demangle_function(p, p->functions[i], mode, buffer);
    free(buffer);
    return err;
}
