/* The parameters of a request, as net/http reads them: of a form in the body first, then of the
 * query, then of a multipart form; the first of a name counts.
 *
 * Any thread. Not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_SERVE_PARAMS_H
#define CPPROF_COLLECTOR_SERVE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct params {
    const char *query; /* raw, as in the request line; "" for none */
    const char *form;  /* the body, application/x-www-form-urlencoded; NULL for none */
    const char *parts; /* form_of_multipart of it; NULL for none */
};

/* Copies the value of a parameter to `value` (room for `room` bytes, with the NUL). False, and "",
 * when there is none. A pair that is badly escaped or holds a `;` does not count; a NUL or a
 * control character in a value becomes '\1', which no valid value holds; a value that is longer
 * than `room` is "\1". */
bool param_value(const struct params *p, const char *name, char *value, size_t room);

/* Decodes %XX in n bytes at s, and `+` as space if `plus`, to `out` (room for `room` bytes, with
 * the NUL). Returns the length, or -1 for what is badly escaped or too long. */
long percent_decode(const char *s, size_t n, bool plus, char *out, size_t room);

/* strconv.ParseInt(s, 10, 64): 0; -EINVAL with *n 0; -ERANGE with *n the nearest. */
int parse_decimal(const char *s, int64_t *n);

/* strconv.ParseUint(s, 0, 64) of n bytes: decimal, 0x, 0o, 0b or octal after 0. 0 for what is no
 * number, UINT64_MAX for one that is too large. */
uint64_t parse_address(const char *s, size_t n);

#endif
