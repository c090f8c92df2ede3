/* libiberty demangles; this file keeps it inside limits.
 *
 * A symbol name comes from a file that anybody may have written. Three things can go wrong in a
 * demangler: the recursion overflows the stack (libiberty has a limit of its own, which stays on),
 * its tables on the stack grow with the name (the length is capped here), and a short name with
 * substitutions of substitutions expands without end. For the last, libiberty gives its output to a
 * callback piece by piece, and the callback leaves with longjmp when the buffer is full. libiberty
 * keeps its state on the stack on that path, so nothing is lost but, for a hostile Rust name with
 * punycode in it, one small block.
 *
 * The D demangler has no callback form and no limit of its own, so names for it are kept short. */
#include "collector/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SYMBOL_BYTES = 32 * 1024,
    MAX_D_SYMBOL_BYTES = 1024,
};

struct sink {
    char *out;
    size_t used, size;
    jmp_buf full;
};

static void sink_take(const char *bytes, size_t n, void *ctx) {
    struct sink *sink = ctx;

    if (n == 0)
        return; /* `bytes` may be NULL */
    if (n >= sink->size - sink->used)
        longjmp(sink->full, 1);
    memcpy(sink->out + sink->used, bytes, n);
    sink->used += n;
}

static bool demangle_d(const char *symbol, char *out, size_t out_bytes) {
    char *name;
    size_t n;

    if (strlen(symbol) > MAX_D_SYMBOL_BYTES)
        return false;
    name = dlang_demangle(symbol, 0);
    n = name ? strlen(name) : 0;
    if (n == 0 || n >= out_bytes) {
        free(name);
        return false;
    }
    memcpy(out, name, n + 1);
    free(name);
    return true;
}

static bool demangle_streamed(const char *symbol, struct sink *sink) {
    const int options = DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP;

    if (setjmp(sink->full))
        return false;
    /* Rust first: its legacy names are also valid C++ names, with a hash for a last component. */
    if (!rust_demangle_callback(symbol, options, sink_take, sink)) {
        sink->used = 0;
        if (symbol[1] != 'Z' || !cplus_demangle_v3_callback(symbol, options, sink_take, sink))
            return false;
    }
    sink->out[sink->used] = 0;
    return sink->used > 0;
}

bool demangle(const char *symbol, char *out, size_t out_bytes) {
    struct sink sink = {.out = out, .size = out_bytes};

    if (out_bytes == 0 || symbol[0] != '_' || strnlen(symbol, MAX_SYMBOL_BYTES) >= MAX_SYMBOL_BYTES)
        return false;
    if (symbol[1] == 'D')
        return demangle_d(symbol, out, out_bytes);
    if (symbol[1] != 'Z' && symbol[1] != 'R')
        return false;
    return demangle_streamed(symbol, &sink);
}
