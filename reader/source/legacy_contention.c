/* Waits for locks, in text: Go's mutex and block profiles (debug=1), and C++'s contentionz. */
#include "reader/source/legacy.h"

#include <errno.h>
#include <string.h>

/* Takes one `attribute = value`. LEGACY_OTHER for one that these formats do not have. */
static int take_attribute(struct legacy *l, struct text key, struct text value, int64_t *cpu_hz) {
    int64_t number = 0;

    if (text_is(key, "discarded samples"))
        return 0;
    if (!text_i64(value, 0, &number, NULL))
        return LEGACY_OTHER;
    if (text_is(key, "cycles/second"))
        *cpu_hz = number;
    else if (text_is(key, "sampling period"))
        l->p->period = number;
    else if (text_is(key, "ms since reset"))
        l->p->duration_nanos = legacy_product(number, 1000 * 1000);
    else
        return LEGACY_OTHER;
    return 0;
}

/* Reads up to the first line that is none. */
static int take_attributes(struct legacy *l, int64_t *cpu_hz) {
    int rc = 0;

    while (rc == 0 && legacy_next(l)) {
        struct text line = text_trimmed(l->line), key = line;
        const char *equals = memchr(line.at, '=', text_bytes(line));

        if (legacy_is_space_or_comment(line))
            continue;
        if (text_starts(line, "---") || !equals)
            break;
        key.end = equals;
        line.at = equals + 1;
        rc = take_attribute(l, text_trimmed(key), text_trimmed(line), cpu_hz);
    }
    return rc;
}

/* `DELAY COUNT` in `t`, which is taken off. The blank between them may be missing, when the last
 * digit is the count. */
static bool take_values(struct text *t, struct text *delay, struct text *count) {
    if (!text_take_run(t, text_is_digit, delay))
        return false;
    text_skip_blanks(t);
    if (text_take_run(t, text_is_digit, count))
        return text_take(t, " @");
    /* "12 @": the blank belongs to the "@". */
    t->at = delay->end;
    if (text_bytes(*delay) < 2 || !text_take(t, " @"))
        return false;
    delay->end--;
    *count = (struct text){delay->end, delay->end + 1};
    return true;
}

/* The same anywhere in the line. Digits of a number that leads nowhere need no try of their own. */
static bool find_sample(struct text line, struct text *delay, struct text *count,
                        struct text *rest) {
    while (line.at < line.end) {
        *rest = line;
        if (take_values(rest, delay, count))
            return true;
        if (!text_take_run(&line, text_is_digit, NULL))
            line.at++;
    }
    return false;
}

static int parse_sample(struct legacy *l, int64_t cpu_hz) {
    struct text delay, count, rest, addresses;
    int64_t values[2], period = l->p->period; /* contentions, delay */
    int err;

    if (!find_sample(l->line, &delay, &count, &rest))
        return LEGACY_OTHER;
    err = legacy_number(l, delay, &values[1]);
    err = err ? err : legacy_number(l, count, &values[0]);
    if (err < 0)
        return err;
    if (period > 0) {
        if (cpu_hz > 0)
            values[1] = legacy_i64((double)values[1] * (double)period / ((double)cpu_hz / 1e9));
        values[0] = legacy_product(values[0], period);
    }
    text_take_run(&rest, legacy_is_address, &addresses);
    err = legacy_take_addresses(l, addresses);
    legacy_addresses_of_calls(l, 0);
    return err ? err : legacy_add_sample(l, values, NULL);
}

int legacy_contention(struct legacy *l) {
    static const char *const types[] = {"contentions", "count", "delay", "nanoseconds", NULL};
    int64_t cpu_hz = 0;
    int rc;

    legacy_next(l);
    if (!text_starts(l->line, "--- contentionz ") && !text_starts(l->line, "--- mutex:") &&
        !text_starts(l->line, "--- contention:"))
        return LEGACY_OTHER;
    l->p->period = 1;
    rc = legacy_types(l, types, "contentions", "count");
    rc = rc ? rc : take_attributes(l, &cpu_hz);
    while (rc == 0) {
        l->line = text_trimmed(l->line);
        if (text_starts(l->line, "---"))
            break;
        if (!legacy_is_space_or_comment(l->line))
            rc = parse_sample(l, cpu_hz);
        if (rc == 0 && !legacy_next(l))
            break;
    }
    return rc ? rc : legacy_additional_sections(l);
}
