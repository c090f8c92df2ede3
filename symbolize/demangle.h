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

/* How much of a C++ name is shown: pprof's -demangle=MODE. */
enum demangle_mode {
    DEMANGLE_SIMPLE,    /* nor template arguments: `foo::bar` */
    DEMANGLE_TEMPLATES, /* as demangle() does */
    DEMANGLE_FULL,      /* all of it but `[clone ...]` */
};
bool demangle_as(enum demangle_mode mode, const char *symbol, char *out, size_t out_bytes);
static inline bool demangle_whole(const char *symbol, char *out, size_t out_bytes) {
    return demangle_as(DEMANGLE_FULL, symbol, out, out_bytes);
}

/* Cuts template arguments out of a demangled C++ name, in place. */
void demangle_cut_templates(char *name);

#endif
