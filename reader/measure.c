/* Values and their units: the tables of google/pprof's internal/measurement and its rules.
 *
 * A unit belongs to one of three kinds (memory, time, GCU); a value of a known unit can be written
 * in any unit of its kind, and is written in the kind's default one if the wanted unit is of
 * another. Units that no table knows are left as they are. */
#include "reader/measure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_ALIASES = 3, MAX_UNITS = 9 };

struct unit {
    const char *name;
    const char *aliases[MAX_ALIASES]; /* lower case, singular */
    double factor;                    /* of the kind's base unit */
};

struct unit_kind {
    struct unit fallback; /* what a value is written in that nothing else suits */
    struct unit units[MAX_UNITS];
    size_t n_units;
};

static const struct unit_kind kinds[] = {
    {.fallback = {"B", {0}, 1},
     .units = {{"B", {"b", "byte"}, 1},
               {"kB", {"kb", "kbyte", "kilobyte"}, 0x1p10},
               {"MB", {"mb", "mbyte", "megabyte"}, 0x1p20},
               {"GB", {"gb", "gbyte", "gigabyte"}, 0x1p30},
               {"TB", {"tb", "tbyte", "terabyte"}, 0x1p40},
               {"PB", {"pb", "pbyte", "petabyte"}, 0x1p50}},
     .n_units = 6},
    {.fallback = {"s", {0}, 1e9},
     .units = {{"ns", {"ns", "nanosecond"}, 1},
               {"us", {"\u03bcs", "us", "microsecond"}, 1e3},
               {"ms", {"ms", "millisecond"}, 1e6},
               {"s", {"s", "sec", "second"}, 1e9},
               {"hrs", {"hour", "hr"}, 3600e9}},
     .n_units = 5},
    {.fallback = {"GCU", {0}, 1},
     .units = {{"n*GCU", {"nanogcu"}, 1e-9},
               {"u*GCU", {"microgcu"}, 1e-6},
               {"m*GCU", {"milligcu"}, 1e-3},
               {"GCU", {"gcu"}, 1},
               {"k*GCU", {"kilogcu"}, 1e3},
               {"M*GCU", {"megagcu"}, 1e6},
               {"G*GCU", {"gigagcu"}, 1e9},
               {"T*GCU", {"teragcu"}, 1e12},
               {"P*GCU", {"petagcu"}, 1e15}},
     .n_units = 9},
};
enum { TIME_KIND = 1, N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* The unit of that name, in any case; the plural's s is dropped from names that are longer than
 * two. NULL if it is not of this kind. */
static const struct unit *unit_find(const struct unit_kind *kind, const char *name) {
    size_t n = strlen(name);

    if (n > 2 && (name[n - 1] == 's' || name[n - 1] == 'S'))
        n--;
    for (size_t i = 0; i < kind->n_units; i++) {
        const struct unit *u = &kind->units[i];
        for (size_t a = 0; a < MAX_ALIASES && u->aliases[a]; a++)
            if (strlen(u->aliases[a]) == n && strncasecmp(u->aliases[a], name, n) == 0)
                return u;
    }
    return NULL;
}

static bool is_auto(const char *unit) {
    return strcmp(unit, "minimum") == 0 || strcmp(unit, "auto") == 0;
}

/* The largest unit in which a value (in the base unit) is at least 1. */
static const struct unit *unit_fitting(const struct unit_kind *kind, double value) {
    const struct unit *best = NULL;

    for (size_t i = 0; i < kind->n_units; i++) {
        const struct unit *u = &kind->units[i];
        if ((!best || u->factor >= best->factor) && value / u->factor >= 1.0)
            best = u;
    }
    return best;
}

double measure_scale(int64_t value, const char *from_unit, const char *to_unit, const char **unit) {
    if (value < 0 && value != INT64_MIN)
        return -measure_scale(-value, from_unit, to_unit, unit);
    for (size_t k = 0; k < N_KINDS; k++) {
        const struct unit *from = unit_find(&kinds[k], from_unit), *to;
        double base;
        if (!from)
            continue;
        base = (double)value * from->factor;
        to = is_auto(to_unit) ? unit_fitting(&kinds[k], base) : unit_find(&kinds[k], to_unit);
        to = to ? to : &kinds[k].fallback;
        *unit = to->name;
        return base / to->factor;
    }
    if (is_auto(to_unit) || strcmp(to_unit, "count") == 0 || strcmp(to_unit, "sample") == 0 ||
        strcmp(to_unit, "unit") == 0)
        to_unit = "";
    *unit = to_unit;
    return (double)value;
}

char *measure_label(int64_t value, const char *from_unit, const char *to_unit,
                    char text[MEASURE_LABEL_BYTES]) {
    const char *unit;
    double scaled = measure_scale(value, from_unit, to_unit, &unit);
    int n = snprintf(text, MEASURE_LABEL_BYTES, "%.2f", scaled);

    if (n > 3 && strcmp(text + n - 3, ".00") == 0)
        text[n -= 3] = '\0';
    if (strcmp(text, "0") == 0 || strcmp(text, "-0") == 0)
        strcpy(text, "0");
    else
        snprintf(text + n, MEASURE_LABEL_BYTES - (size_t)n, "%s", unit);
    return text;
}

char *measure_percentage(int64_t value, int64_t total, char text[MEASURE_LABEL_BYTES]) {
    double percent = total != 0 ? fabs((double)value / (double)total) * 100 : 0;

    if (percent >= 99.95 && percent <= 100.05)
        strcpy(text, "  100%");
    else if (percent >= 1.0)
        snprintf(text, MEASURE_LABEL_BYTES, "%5.2f%%", percent);
    else
        snprintf(text, MEASURE_LABEL_BYTES, "%5.2g%%", percent);
    return text;
}

bool measure_compatible(const char *unit1, const char *unit2) {
    if (strcmp(unit1, unit2) == 0)
        return true;
    for (size_t k = 0; k < N_KINDS; k++)
        if (unit_find(&kinds[k], unit1) && unit_find(&kinds[k], unit2))
            return true;
    return false;
}

double measure_factor(const char *unit, const char *finer) {
    const char *ignored;

    return measure_scale(1, unit, finer, &ignored);
}

bool measure_is_time(const char *unit) {
    return unit_find(&kinds[TIME_KIND], unit) != NULL;
}
