/* The memory maps at the end of a legacy profile. A line `name=value` among them means that $name
 * in later lines stands for the value. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "reader/source/legacy.h"

/* Lines do not become longer than this by what is put into them, or a file of a few lines that
 * each repeat the one before twice would fill any memory. */
enum { MAX_REPLACED_BYTES = 64 * 1024, MAX_ATTRIBUTES = 1000 };

struct attribute {
    struct text name, value; /* the profile's */
};

struct maps {
    struct legacy *l;
    struct attribute *attributes; /* owned */
    size_t n_attributes;
    char *replaced; /* MAX_REPLACED_BYTES, or NULL; owned */
};

/* ---- attributes */

static int keep_text(struct legacy *l, struct text *t) {
    size_t n = text_bytes(*t);
    const char *copy = profile_string_n(l->p, t->at, n);

    if (!copy)
        return -ENOMEM;
    *t = (struct text){copy, copy + strlen(copy)};
    return 0;
}

static int add_attribute(struct maps *m, struct text line) {
    const char *equals = memchr(line.at, '=', text_bytes(line));
    struct attribute a;
    int err;

    if (!equals || m->n_attributes == MAX_ATTRIBUTES)
        return 0;
    a.name = text_trimmed((struct text){line.at, equals});
    a.value = text_trimmed((struct text){equals + 1, line.end});
    err = keep_text(m->l, &a.name);
    err = err ? err : keep_text(m->l, &a.value);
    if (err == 0 && !grow_array(&m->attributes, m->n_attributes, sizeof(a)))
        err = -ENOMEM;
    if (err == 0)
        m->attributes[m->n_attributes++] = a;
    return err;
}

/* The first attribute whose name `t` begins with. */
static const struct attribute *attribute_at(const struct maps *m, struct text t) {
    for (size_t i = 0; i < m->n_attributes; i++) {
        struct text name = m->attributes[i].name;

        if (text_bytes(t) >= text_bytes(name) && memcmp(t.at, name.at, text_bytes(name)) == 0)
            return &m->attributes[i];
    }
    return NULL;
}

/* Appends to the replaced line, which has `used` bytes; false when it is full. */
static bool append(struct maps *m, size_t *used, struct text t) {
    if (text_bytes(t) > MAX_REPLACED_BYTES - *used)
        return false;
    memcpy(m->replaced + *used, t.at, text_bytes(t));
    *used += text_bytes(t);
    return true;
}

/* Puts values in for names. The result is the line itself, or lives until the next call. */
static int replace(struct maps *m, struct text *line) {
    struct text t = *line;
    size_t used = 0;

    if (m->n_attributes == 0 || !memchr(t.at, '$', text_bytes(t)))
        return 0;
    if (!m->replaced && !(m->replaced = malloc(MAX_REPLACED_BYTES)))
        return -ENOMEM;
    while (t.at < t.end) {
        struct text piece = {t.at, t.at + 1};
        const struct attribute *a = NULL;

        t.at++;
        if (*piece.at == '$' && (a = attribute_at(m, t)) != NULL) {
            piece = a->value;
            t.at += text_bytes(a->name);
        }
        if (!append(m, &used, piece))
            return 0;
    }
    *line = (struct text){m->replaced, m->replaced + used};
    return 0;
}

/* ---- lines */

/* Takes off what a logging library puts before a line: `...file:line] `. */
static struct text without_log_prefix(struct text line) {
    struct text t = line;
    const char *digits;

    while (t.at < t.end && *t.at != '[' && *t.at != ']')
        t.at++;
    if (text_bytes(t) < 2 || *t.at != ']' || !text_is_space(t.at[1]))
        return line;
    for (digits = t.at; digits > line.at && text_is_digit(digits[-1]);)
        digits--;
    if (digits == t.at || digits < line.at + 2 || digits[-1] != ':')
        return line;
    return (struct text){t.at + 2, line.end};
}

/* Adds the mapping of a line, unless it is of no program text. LEGACY_OTHER if it is no mapping. */
static int add_mapping(struct legacy *l, struct text line) {
    struct legacy_map entry;
    struct profile_mapping *m, like = {0};

    if (!legacy_map_entry(line, &entry))
        return LEGACY_OTHER;
    if (entry.perm.at < entry.perm.end && !text_contains(entry.perm, "x"))
        return 0;
    if (!text_u64(entry.start, 16, &like.start, NULL) ||
        !text_u64(entry.limit, 16, &like.limit, NULL) ||
        (entry.offset.at < entry.offset.end && !text_u64(entry.offset, 16, &like.offset, NULL)))
        return LEGACY_OTHER;
    if (keep_text(l, &entry.file) < 0 || keep_text(l, &entry.build_id) < 0 ||
        !(m = profile_add_mapping(l->p)))
        return -ENOMEM;
    m->start = like.start;
    m->limit = like.limit;
    m->offset = like.offset;
    m->file = entry.file.at;
    m->build_id = entry.build_id.at;
    return 0;
}

int legacy_memory_maps(struct legacy *l) {
    struct maps m = {.l = l};
    int rc = 0;

    while (rc == 0 && legacy_next(l)) {
        struct text line = without_log_prefix(l->line);

        rc = replace(&m, &line);
        rc = rc ? rc : add_mapping(l, line);
        if (rc == LEGACY_OTHER)
            rc = add_attribute(&m, line);
    }
    free(m.attributes);
    free(m.replaced);
    return rc ? rc : legacy_assign_mappings(l->p);
}
