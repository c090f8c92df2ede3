/* Names of symbols as people write them: C++ (Itanium ABI), Rust (legacy and v0), D.
 *
 * Not async-signal-safe: it may use malloc. Any thread. */
#ifndef CPPROF_SYMBOLIZE_DEMANGLE_H
#define CPPROF_SYMBOLIZE_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the name to show for `symbol`, NUL-terminated, into `out` of `out_bytes`: for C++ without
 * parameters, return type and qualifiers (`foo::bar<int>`, `main::{lambda(int)#1}::operator()`), or
 * with them where the name makes no sense alone. Returns false, with `out` undefined, when it is
 * not a mangled name, or its demangled form does not fit, or it nests deeper than any real name
 * does: the caller then shows the symbol as it is. */
bool demangle(const char *symbol, char *out, size_t out_bytes);

/* The same with parameters and qualifiers (`foo::bar<int>(char) const`), without `[clone]`. */
bool demangle_whole(const char *symbol, char *out, size_t out_bytes);

#endif
