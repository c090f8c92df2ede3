/* What the tests of list, disasm and weblist share, on top of the symbolizer's: reports of profiles
 * that a test makes, as text. */
#ifndef CPPROF_TESTS_UNIT_READER_CODE_FIXTURE_H
#define CPPROF_TESTS_UNIT_READER_CODE_FIXTURE_H

#include "tests/unit/symbolize_fixture.h"

#include <errno.h>

#include "reader/commands.h"
#include "reader/options.h"
#include "reader/report/report.h"

/* A stack of `n` locations, leaf first, that counts `value` times. */
static inline void add_stack(struct profile *p, int64_t value, struct profile_location **stack,
                             size_t n) {
    struct profile_sample *s = profile_add_sample(p);

    assert_non_null(s);
    s->locations = profile_alloc(p, n * sizeof(struct profile_location *));
    s->values = profile_alloc(p, sizeof(int64_t));
    assert_true(s->locations && s->values);
    memcpy(s->locations, stack, n * sizeof(struct profile_location *));
    s->n_locations = n;
    s->values[0] = value;
}

/* A location that has one line. */
static inline struct profile_location *add_line(struct profile *p, const char *function,
                                                const char *file, int64_t start_line,
                                                int64_t line) {
    struct profile_location *l = profile_add_location(p);

    assert_non_null(l);
    l->lines = profile_alloc(p, sizeof(*l->lines));
    assert_non_null(l->lines);
    l->n_lines = 1;
    l->lines[0].function = profile_function(p, function, function, file, start_line);
    l->lines[0].line = line;
    return l;
}

/* The report of a command, malloc'ed; NULL with the reason in `why`. `settings` are `name=value`
 * separated by blanks. Takes the profile, which is changed by it. */
static inline char *report_text_of(struct profile *p, const char *command, const char *argument,
                                   const char *settings, char *why, size_t why_bytes) {
    char *text = NULL, copy[1000], *save, *setting;
    struct report *r = NULL;
    struct options o;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    int rc;

    assert_int_equal(options_init(&o), 0);
    snprintf(copy, sizeof(copy), "%s", settings);
    for (setting = strtok_r(copy, " ", &save); setting; setting = strtok_r(NULL, " ", &save)) {
        char *value = strchr(setting, '=');

        *value++ = 0;
        assert_int_equal(option_set(&o, option_find(setting), value, why, why_bytes), 0);
    }
    rc = report_new(p, command, report_command_find(command)->format, argument, &o, &r, why,
                    why_bytes);
    if (rc == 0)
        rc = report_write(r, to, why, why_bytes);
    fclose(to);
    report_free(r);
    options_release(&o);
    profile_free(p);
    if (rc < 0) {
        free(text);
        return NULL;
    }
    return text;
}

static inline void assert_report(struct profile *p, const char *command, const char *argument,
                                 const char *settings, const char *expected) {
    char why[500] = "";
    char *text = report_text_of(p, command, argument, settings, why, sizeof(why));

    if (!text)
        fail_msg("%s", why);
    assert_string_equal(text, expected);
    free(text);
}

static inline void assert_no_report(struct profile *p, const char *command, const char *argument,
                                    const char *settings, const char *reason) {
    char why[500] = "";
    char *text = report_text_of(p, command, argument, settings, why, sizeof(why));

    assert_null(text);
    assert_string_equal(why, reason);
}

static inline void assert_has(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("no `%s` in:\n%s", part, text);
}

static inline void assert_has_not(const char *text, const char *part) {
    if (strstr(text, part))
        fail_msg("`%s` in:\n%s", part, text);
}

#endif
