/* Values and their units, as google/pprof's internal/measurement writes them.
 *
 * Any thread; no state. */
#ifndef CPPROF_READER_MEASURE_H
#define CPPROF_READER_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEASURE_LABEL_BYTES = 64 };

/* `value` in `from_unit` as so many `to_unit` ("auto", "minimum": the best one); the unit to print
 * goes to *unit ("" for counts), a static text or one of the arguments. */
double measure_scale(int64_t value, const char *from_unit, const char *to_unit, const char **unit);

/* `2.50s`, `12MB`, `0`: into `text`, which it returns. */
char *measure_label(int64_t value, const char *from_unit, const char *to_unit,
                    char text[MEASURE_LABEL_BYTES]);

/* ` 2.50%`, `  100%`: five characters and the sign, into `text`, which it returns. */
char *measure_percentage(int64_t value, int64_t total, char text[MEASURE_LABEL_BYTES]);

/* Whether two units are of one kind, so that values can be scaled from one to the other. */
bool measure_compatible(const char *unit1, const char *unit2);
/* The finer of two compatible units first: the factor by which values of `unit` are to be
 * multiplied to be in `finer`. */
double measure_factor(const char *unit, const char *finer);
/* Whether it is a unit of time. */
bool measure_is_time(const char *unit);

#endif
