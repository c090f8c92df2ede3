/* Options: their values, from text and to text. */
#include "reader/options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reader/strconv.h"

static void *field_of(const struct options *o, const struct option *which) {
    return (char *)o + which->offset;
}

int options_init(struct options *o) {
    *o = (struct options){
        .divide_by = 1,
        .trim = true,
        .nodecount = -1,
        .nodefraction = 0.005,
        .edgefraction = 0.001,
    };
    for (size_t i = 0; i < n_options; i++) {
        char **field = field_of(o, &options_table[i]);

        if (options_table[i].type != OPTION_STRING)
            continue;
        *field = strdup(field == &o->unit ? "minimum" : "");
        if (!*field) {
            options_release(o);
            return -ENOMEM;
        }
    }
    return 0;
}

int options_copy(struct options *to, const struct options *from) {
    struct options copy = *from;
    bool complete = true;

    for (size_t i = 0; i < n_options; i++)
        if (options_table[i].type == OPTION_STRING) {
            char **field = field_of(&copy, &options_table[i]);

            *field = strdup(*field);
            complete = complete && *field;
        }
    *to = copy;
    if (complete)
        return 0;
    options_release(to);
    return -ENOMEM;
}

void options_release(struct options *o) {
    for (size_t i = 0; i < n_options; i++)
        if (options_table[i].type == OPTION_STRING) {
            char **field = field_of(o, &options_table[i]);

            free(*field);
            *field = NULL;
        }
}

static int choice_of(const struct option *o, const char *value) {
    for (int i = 0; o->choices[i]; i++)
        if (strcmp(o->choices[i], value) == 0)
            return i;
    return -1;
}

const struct option *option_find(const char *name) {
    for (size_t i = 0; i < n_options; i++)
        if (strcmp(options_table[i].name, name) == 0)
            return &options_table[i];
    for (size_t i = 0; i < n_options; i++)
        if (options_table[i].choices && choice_of(&options_table[i], name) >= 0)
            return &options_table[i];
    return NULL;
}

/* ---- from text */

/* -EINVAL with a reason, whose %s is `value` in quotes. */
static int refuse(char *why, size_t why_bytes, const char *format, const char *value) {
    char *quoted = strconv_quote(value);
    int err = quoted ? -EINVAL : -ENOMEM;

    snprintf(why, why_bytes, format, quoted ? quoted : value);
    free(quoted);
    return err;
}

static int set_bool(bool *field, const char *value, char *why, size_t why_bytes) {
    static const char *const words[2][7] = {{"false", "f", "no", "n", "0"},
                                            {"true", "t", "yes", "y", "1", ""}};

    for (int i = 0; i < 2; i++)
        for (int j = 0; words[i][j]; j++)
            if (strcasecmp(words[i][j], value) == 0) {
                *field = i;
                return 0;
            }
    snprintf(why, why_bytes, "illegal value \"%s\" for bool variable", value);
    return -EINVAL;
}

static int set_int(int *field, const char *value, char *why, size_t why_bytes) {
    int64_t n;
    int err = strconv_int(value, 10, 64, &n);

    if (err == -EINVAL)
        return refuse(why, why_bytes, "strconv.Atoi: parsing %s: invalid syntax", value);
    if (err == -ERANGE)
        return refuse(why, why_bytes, "strconv.Atoi: parsing %s: value out of range", value);
    *field = n > INT_MAX ? INT_MAX : n < INT_MIN ? INT_MIN : (int)n;
    return 0;
}

static int set_float(double *field, const char *value, char *why, size_t why_bytes) {
    double n;
    int err = strconv_float(value, &n);

    if (err == -EINVAL)
        return refuse(why, why_bytes, "strconv.ParseFloat: parsing %s: invalid syntax", value);
    if (err == -ERANGE)
        return refuse(why, why_bytes, "strconv.ParseFloat: parsing %s: value out of range", value);
    *field = n;
    return 0;
}

static int set_string(char **field, const char *value) {
    char *copy = strdup(value);

    if (!copy)
        return -ENOMEM;
    free(*field);
    *field = copy;
    return 0;
}

/* `sort` is a bool, of which the first choice, cum, is true; granularity counts its choices. */
static int set_choice(struct options *o, const struct option *which, const char *value, char *why,
                      size_t why_bytes) {
    int choice = choice_of(which, value);
    char format[64];

    if (choice < 0) {
        snprintf(format, sizeof format, "invalid \"%s\" value %%s", which->name);
        return refuse(why, why_bytes, format, value);
    }
    if (which->offset == offsetof(struct options, sort_cum))
        o->sort_cum = choice == 0;
    else
        o->granularity = GRANULARITY_DEFAULT + 1 + (enum granularity)choice;
    return 0;
}

int option_set(struct options *o, const struct option *which, const char *value, char *why,
               size_t why_bytes) {
    void *field = field_of(o, which);
    int err = -EINVAL;

    switch (which->type) {
    case OPTION_BOOL:
        err = set_bool(field, value, why, why_bytes);
        break;
    case OPTION_INT:
        err = set_int(field, value, why, why_bytes);
        break;
    case OPTION_FLOAT:
        err = set_float(field, value, why, why_bytes);
        break;
    case OPTION_STRING:
        err = set_string(field, value);
        break;
    case OPTION_CHOICE:
        err = set_choice(o, which, value, why, why_bytes);
        break;
    }
    if (err == -ENOMEM)
        snprintf(why, why_bytes, "out of memory");
    return err;
}

/* ---- to text */

char *option_get(const struct options *o, const struct option *which) {
    void *field = field_of(o, which);
    char text[STRCONV_FLOAT_BYTES] = "";
    const char *value = text;

    switch (which->type) {
    case OPTION_BOOL:
        value = *(bool *)field ? "true" : "false";
        break;
    case OPTION_INT:
        snprintf(text, sizeof text, "%d", *(int *)field);
        break;
    case OPTION_FLOAT:
        strconv_format_float(*(double *)field, text);
        break;
    case OPTION_STRING:
        value = *(char **)field;
        break;
    case OPTION_CHOICE:
        if (which->offset == offsetof(struct options, sort_cum))
            value = which->choices[o->sort_cum ? 0 : 1];
        else if (o->granularity != GRANULARITY_DEFAULT)
            value = which->choices[o->granularity - GRANULARITY_FUNCTIONS];
        break;
    }
    return strdup(value);
}
