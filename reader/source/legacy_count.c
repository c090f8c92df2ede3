/* Counts by stack, in text: Go's goroutine, threadcreate and custom profiles (debug=1). Labels
 * stand in comments there, which pprof does not read. */
#include <errno.h>

#include "reader/source/legacy.h"

/* `NAME profile: total N`; *name is its name. */
static bool parse_header(struct text line, struct text *name) {
    return text_take_run(&line, text_is_no_space, name) && text_take(&line, " profile: total ") &&
           text_take_run(&line, text_is_digit, NULL) && line.at == line.end;
}

/* `COUNT @ 0x... 0x...`: the count, and *addresses. */
static bool take_count(struct text line, int64_t *count, struct text *addresses) {
    struct text digits;

    if (!text_take_run(&line, text_is_digit, &digits) || !text_take(&line, " @"))
        return false;
    *addresses = line;
    do {
        if (!text_take(&line, " 0x") || !text_take_run(&line, text_is_low_hex, NULL))
            return false;
    } while (line.at < line.end);
    return text_i64(digits, 0, count, NULL);
}

static int parse_sample(struct legacy *l) {
    struct text addresses;
    int64_t count;

    if (!take_count(l->line, &count, &addresses) || legacy_take_addresses(l, addresses) < 0)
        return legacy_malformed(l, "malformed profile format");
    legacy_addresses_of_calls(l, 0);
    return legacy_add_sample(l, &count, NULL);
}

int legacy_count(struct legacy *l) {
    const char *types[] = {NULL, "count", NULL};
    struct text name;
    int err;

    legacy_skip_comments(l);
    if (!parse_header(l->line, &name))
        return LEGACY_OTHER;
    types[0] = profile_string_n(l->p, name.at, text_bytes(name));
    if (!types[0])
        return -ENOMEM;
    l->p->period = 1;
    err = legacy_types(l, types, types[0], "count");
    while (err == 0 && legacy_next(l) && !text_starts(l->line, "---"))
        if (!legacy_is_space_or_comment(l->line))
            err = parse_sample(l);
    return err ? err : legacy_additional_sections(l);
}
