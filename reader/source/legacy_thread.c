/* Stacks of all threads, in text (threadz), with or without names behind the addresses. */
#include "reader/source/legacy.h"

#include <errno.h>
#include <string.h>

/* Whether `--- threadz N ---` is in the line. */
static bool is_head(struct text line) {
    const char *at;

    while ((at = memmem(line.at, text_bytes(line), "--- threadz ", 12)) != NULL) {
        line.at = at + 12;
        struct text t = line;
        if (text_take_run(&t, text_is_digit, NULL) && text_starts(t, " ---"))
            return true;
    }
    return false;
}

/* Whether `/N) stack: ---` is in what follows the name. */
static bool ends_as_thread(struct text t) {
    const char *from = t.at, *at;

    while ((at = memmem(from, (size_t)(t.end - from), ") stack: ---", 12)) != NULL) {
        const char *digits = at;

        while (digits > t.at && text_is_digit(digits[-1]))
            digits--;
        if (digits < at && digits > t.at && digits[-1] == '/')
            return true;
        from = at + 1;
    }
    return false;
}

/* Whether `--- Thread HEX (name: NAME/N) stack: ---` is in the line. */
static bool is_thread(struct text line) {
    const char *at;

    while ((at = memmem(line.at, text_bytes(line), "--- Thread ", 11)) != NULL) {
        line.at = at + 11;
        struct text t = line;
        if (text_take_run(&t, text_is_hex, NULL) && text_take(&t, " (name: "))
            return ends_as_thread(t);
    }
    return false;
}

/* Collects the addresses of one thread, up to the next line of dashes; none when it has the stack
 * of the one before. l->line is then that line; at the end, the last one. */
static int take_stack(struct legacy *l) {
    struct text last = {l->line.end, l->line.end};
    bool same = false;
    int err = 0;

    while (err == 0 && legacy_next(l)) {
        last = text_trimmed(l->line);
        if (text_starts(last, "---"))
            break;
        if (text_contains(last, "same as previous thread"))
            same = true;
        else
            err = legacy_take_addresses(l, last);
    }
    l->line = last;
    if (same)
        l->n_addresses = 0;
    return err;
}

static int parse_thread(struct legacy *l) {
    const int64_t one = 1;
    int err = take_stack(l);

    if (err < 0)
        return err;
    if (l->n_addresses == 0) {
        if (l->p->n_samples > 0)
            l->p->samples[l->p->n_samples - 1].values[0]++;
        return 0;
    }
    legacy_addresses_of_calls(l, 1);
    return legacy_add_sample(l, &one, NULL);
}

int legacy_thread(struct legacy *l) {
    static const char *const types[] = {"thread", "count", NULL};
    struct text last;
    int err;

    legacy_skip_comments(l);
    if (is_head(l->line)) {
        for (last = l->line; legacy_next(l); last = l->line)
            if (legacy_is_maps_sentinel(l->line) || text_starts(l->line, "-"))
                break;
        if (l->line.at == l->line.end)
            l->line = last;
    } else if (!is_thread(l->line)) {
        return LEGACY_OTHER;
    }
    l->p->period = 1;
    err = legacy_types(l, types, "thread", "count");
    while (err == 0 && !legacy_is_maps_sentinel(l->line) &&
           !text_starts(l->line, "---- no stack trace for")) {
        if (!is_thread(l->line))
            return LEGACY_OTHER;
        err = parse_thread(l);
    }
    err = err ? err : legacy_additional_sections(l);
    if (err == 0)
        legacy_drop_duplicate_leaves(l->p);
    return err;
}
