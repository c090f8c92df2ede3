/* Lines of memory maps, in two forms:
 *
 *   400000-4f0000 r-xp 00001000 08:01 1234   /bin/server        /proc/PID/maps
 *   0x40000-0x80000 /bin/server (@1000) abc123                  brief
 *
 * Both are regular expressions, with much that is optional, in pprof: what a line gives when it is
 * neither quite follows from the order in which those try alternatives, which is kept here. */
#include "reader/source/legacy.h"

/* A start and an end of a range. The start is as long as it can be for the end to have a digit;
 * less `shorter` digits, which may leave none. */
static bool take_range(struct text *t, size_t shorter, struct text *start, struct text *limit) {
    struct text after;

    if (!text_take_run(t, text_is_hex, start) || text_bytes(*start) <= shorter)
        return false;
    start->end -= shorter;
    for (; start->end > start->at; start->end--) {
        t->at = start->end;
        if (t->at < t->end && (text_is_space(*t->at) || *t->at == '-'))
            t->at++;
        text_skip_spaces(t);
        after = *t;
        if (text_take(t, "0x") && text_take_run(t, text_is_hex, limit))
            return true;
        *t = after;
        if (text_take_run(t, text_is_hex, limit))
            return true;
    }
    return false;
}

static bool is_perm(char c) {
    return c == '-' || c == 'r' || c == 'w' || c == 'x' || c == 'p';
}

/* Space, then a run: the regular expressions' `\s+(RUN)`. */
static bool take_word(struct text *t, bool (*is)(char c), struct text *word) {
    struct text before = *t;

    if (text_take_run(t, text_is_space, NULL) && text_take_run(t, is, word))
        return true;
    *t = before;
    *word = (struct text){before.at, before.at};
    return false;
}

/* `MAJOR:MINOR INODE` and the file's name, if there is one. */
static bool take_file(struct text t, struct legacy_map *m) {
    struct text word;

    if (!take_word(&t, text_is_hex, &word) || !text_take_char(&t, ':') ||
        !text_take_run(&t, text_is_hex, NULL) || !take_word(&t, text_is_digit, &word))
        return false;
    take_word(&t, text_is_no_space, &m->file);
    return true;
}

/* What follows the range in /proc/PID/maps; permissions and the offset may be missing. */
static bool take_proc(struct text t, struct legacy_map *m) {
    for (unsigned without = 0; without < 4; without++) {
        struct text at = t;

        m->perm = m->offset = (struct text){t.at, t.at};
        if (!(without & 2) && !take_word(&at, is_perm, &m->perm))
            continue;
        if (!(without & 1) && !take_word(&at, text_is_hex, &m->offset))
            continue;
        if (take_file(at, m))
            return true;
    }
    return false;
}

/* What follows it in the brief form; everything may be missing. */
static void take_brief(struct text t, struct legacy_map *m) {
    struct text before;

    take_word(&t, is_perm, &m->perm);
    take_word(&t, text_is_no_space, &m->file);
    before = t;
    text_skip_spaces(&t);
    if (t.at == before.at || !text_take(&t, "(@") || !text_take_run(&t, text_is_hex, &m->offset) ||
        !text_take_char(&t, ')')) {
        m->offset = (struct text){t.at, t.at};
        t = before;
    }
    take_word(&t, text_is_hex, &m->build_id);
}

/* Takes `0x` off where a digit follows. */
static void skip_prefix(struct text *t) {
    struct text digits = *t;

    if (text_take(&digits, "0x") && text_take_run(&digits, text_is_hex, NULL))
        t->at += 2;
}

bool legacy_map_entry(struct text line, struct legacy_map *m) {
    struct text t, empty = {line.end, line.end};

    *m = (struct legacy_map){empty, empty, empty, empty, empty, empty};
    text_skip_spaces(&line);
    skip_prefix(&line);
    /* With a start that is shorter still, the end would end where it does then. */
    for (size_t shorter = 0; shorter < 2; shorter++) {
        t = line;
        if (!take_range(&t, shorter, &m->start, &m->limit))
            break;
        text_take_char(&t, ':');
        if (take_proc(t, m))
            return true;
    }
    *m = (struct legacy_map){empty, empty, empty, empty, empty, empty};
    t = line;
    if (!take_range(&t, 0, &m->start, &m->limit))
        return false;
    text_take_char(&t, ':');
    take_brief(t, m);
    return true;
}
