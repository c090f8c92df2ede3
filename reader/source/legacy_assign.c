/* Which mapping each address of a legacy profile is in, and what has to be guessed for that: pieces
 * of one mapping, the main program, mappings that begin earlier than it says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/source/legacy.h"

/* ---- mappings as they are meant */

/* Whether two strings are the same, or one is not known. */
static bool agree(const char *a, const char *b) {
    return !*a || !*b || strcmp(a, b) == 0;
}

/* Whether `b` is the rest of what `a` begins. */
static bool continues(const struct profile_mapping *a, const struct profile_mapping *b) {
    return agree(a->file, b->file) && agree(a->build_id, b->build_id) && a->limit == b->start &&
           (a->offset == 0 || b->offset == 0 || a->offset + (a->limit - a->start) == b->offset);
}

static void join_pieces(struct profile *p) {
    size_t n = 0;

    for (size_t i = 0; i < p->n_mappings; i++) {
        struct profile_mapping *m = p->mappings[i], *last = n > 0 ? p->mappings[n - 1] : NULL;

        if (!last || !continues(last, m)) {
            p->mappings[n++] = m;
            continue;
        }
        last->limit = m->limit;
        if (*m->file)
            last->file = m->file;
        if (*m->build_id)
            last->build_id = m->build_id;
    }
    p->n_mappings = n;
}

/* `x.so`, `x.so.1`, `x.so_2` anywhere in the name, but a bare `.so` only at its end. */
static bool is_library(struct text name) {
    const char *at;

    while ((at = memmem(name.at, text_bytes(name), ".so", 3)) != NULL) {
        name.at = at + 3;
        if (name.at == name.end || (text_bytes(name) >= 2 && (*name.at == '.' || *name.at == '_') &&
                                    text_is_digit(name.at[1])))
            return true;
    }
    return false;
}

/* Whether it may be the program itself. */
static bool is_program(const char *file) {
    struct text name = text_trimmed((struct text){file, file + strlen(file)});
    static const char deleted[] = "(deleted)";
    size_t n = sizeof(deleted) - 1;

    /* The marks are taken out wherever they are; they stand at the ends. */
    while (text_starts(name, deleted))
        name = text_trimmed((struct text){name.at + n, name.end});
    while (text_bytes(name) >= n && memcmp(name.end - n, deleted, n) == 0)
        name = text_trimmed((struct text){name.at, name.end - n});
    return name.at < name.end && *name.at != '[' && !is_library(name);
}

/* Swaps what looks like the program itself to the first place. */
static void program_first(struct profile *p) {
    for (size_t i = 0; i < p->n_mappings; i++) {
        struct profile_mapping *m = p->mappings[i];

        if (!is_program(m->file))
            continue;
        p->mappings[i] = p->mappings[0];
        p->mappings[0] = m;
        return;
    }
}

/* What handlers get wrong about a program that has been mapped again. */
static void mend_program(struct profile *p) {
    const uint64_t usual_start = 0x400000;
    struct profile_mapping *m;

    if (p->n_mappings > 1 && strncmp(p->mappings[0]->file, "/anon_hugepage", 14) == 0 &&
        p->mappings[0]->limit == p->mappings[1]->start) {
        p->mappings++;
        p->n_mappings--;
    }
    if (p->n_mappings == 0)
        return;
    m = p->mappings[0];
    if (m->start - m->offset == usual_start) {
        m->start = usual_start;
        m->offset = 0;
    }
}

/* ---- locations */

/* Those that samples have, in the order in which they have them. */
static int keep_used_locations(struct profile *p) {
    struct profile_location **used =
        profile_alloc(p, p->n_locations * sizeof(struct profile_location *));
    size_t n = 0;

    if (!used)
        return -ENOMEM;
    for (size_t i = 0; i < p->n_locations; i++)
        p->locations[i]->id = 0;
    for (size_t i = 0; i < p->n_samples; i++)
        for (size_t k = 0; k < p->samples[i].n_locations; k++) {
            struct profile_location *l = p->samples[i].locations[k];

            if (l->id != 0)
                continue;
            used[n++] = l;
            l->id = n;
        }
    p->locations = used;
    p->n_locations = n;
    return 0;
}

static struct profile_mapping *mapping_of(const struct profile *p, uint64_t address) {
    for (size_t i = 0; i < p->n_mappings; i++) {
        struct profile_mapping *m = p->mappings[i];

        if (m->start <= address && address < m->limit)
            return m;
    }
    /* The first of several pieces may be missing: the next one's offset tells where it began. */
    for (size_t i = 0; i < p->n_mappings; i++) {
        struct profile_mapping *m = p->mappings[i];

        if (m->offset != 0 && m->start - m->offset <= address && address < m->start) {
            m->start -= m->offset;
            m->offset = 0;
            return m;
        }
    }
    return NULL;
}

int legacy_assign_mappings(struct profile *p) {
    struct profile_mapping *fake = NULL;
    int err;

    join_pieces(p);
    program_first(p);
    err = keep_used_locations(p);
    if (err < 0)
        return err;
    mend_program(p);
    for (size_t i = 0; i < p->n_locations; i++) {
        struct profile_location *l = p->locations[i];

        if (l->address == 0)
            continue;
        l->mapping = mapping_of(p, l->address);
        if (!l->mapping && !fake) {
            fake = profile_add_mapping(p);
            if (!fake)
                return -ENOMEM;
            fake->limit = UINT64_MAX;
        }
        if (!l->mapping)
            l->mapping = fake;
    }
    for (size_t i = 0; i < p->n_mappings; i++)
        p->mappings[i]->id = i + 1;
    return 0;
}
