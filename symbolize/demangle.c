/* libiberty demangles; this file leaves out what profiles do not show, and keeps it inside limits.
 *
 * A C++ function is shown much as `pprof -demangle=templates` shows it: without parameters,
 * qualifiers of `this`, return type and `[clone]`; template arguments stay. libiberty leaves
 * parameters out if it is told so, but those of a function around a local name stay, rubbish after
 * a name passes, and with DMGL_RET_DROP function types among template arguments lose their return
 * types. So the whole name is parsed, with parameters, and they are cut out of the tree before it
 * is printed.
 *
 * A symbol name comes from a file that anybody may have written. Three things can go wrong in a
 * demangler: the recursion overflows the stack (libiberty has a limit of its own, which stays on),
 * its tables on the stack grow with the name (the length is capped here), and a short name with
 * substitutions of substitutions expands without end. For the last, libiberty gives its output to a
 * callback piece by piece, and the callback leaves with longjmp when the buffer is full. libiberty
 * keeps its state on the stack on that path (a tree is ours to free), so nothing is lost but, for a
 * hostile Rust name with punycode in it, one small block.
 *
 * The D demangler has no callback form and no limit of its own, so names for it are kept short. */
#include "symbolize/demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SYMBOL_BYTES = 32 * 1024,
    MAX_D_SYMBOL_BYTES = 1024,
    WHOLE = DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP,
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

static bool sink_close(struct sink *sink) {
    sink->out[sink->used] = 0;
    return sink->used > 0;
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

typedef int streaming_demangler(const char *symbol, int options, demangle_callbackref take,
                                void *ctx);

static bool demangle_streamed(streaming_demangler *demangler, const char *symbol, int options,
                              struct sink *sink) {
    sink->used = 0;
    if (setjmp(sink->full))
        return false;
    return demangler(symbol, options, sink_take, sink) && sink_close(sink);
}

static bool is_qualifier_of_this(const struct demangle_component *c) {
    switch (c->type) {
    case DEMANGLE_COMPONENT_RESTRICT_THIS:
    case DEMANGLE_COMPONENT_VOLATILE_THIS:
    case DEMANGLE_COMPONENT_CONST_THIS:
    case DEMANGLE_COMPONENT_REFERENCE_THIS:
    case DEMANGLE_COMPONENT_RVALUE_REFERENCE_THIS:
    case DEMANGLE_COMPONENT_TRANSACTION_SAFE:
    case DEMANGLE_COMPONENT_NOEXCEPT:
    case DEMANGLE_COMPONENT_THROW_SPEC:
        return true;
    default:
        return false;
    }
}

/* In FUNCTION::NAME the qualifiers of NAME's `this` stand right of the colons. */
static void cut_local_name(struct demangle_component *local) {
    struct demangle_component **slot = &local->u.s_binary.right;

    if (*slot && (*slot)->type == DEMANGLE_COMPONENT_DEFAULT_ARG)
        slot = &(*slot)->u.s_unary_num.sub;
    while (*slot && is_qualifier_of_this(*slot))
        *slot = (*slot)->u.s_binary.left;
}

/* Cuts a function down to its name, and each function that a local name stands in. What is inside
 * template arguments stays as it is: it is part of the name. */
static void cut_function(struct demangle_component **slot) {
    while (*slot) {
        struct demangle_component *c = *slot;

        switch (c->type) {
        case DEMANGLE_COMPONENT_THUNK:
        case DEMANGLE_COMPONENT_VIRTUAL_THUNK:
        case DEMANGLE_COMPONENT_COVARIANT_THUNK:
            slot = &c->u.s_binary.left;
            break;
        case DEMANGLE_COMPONENT_LOCAL_NAME:
            cut_local_name(c);
            slot = &c->u.s_binary.left;
            break;
        case DEMANGLE_COMPONENT_CLONE:
        case DEMANGLE_COMPONENT_TYPED_NAME:
            *slot = c->u.s_binary.left;
            break;
        default:
            if (!is_qualifier_of_this(c))
                return;
            *slot = c->u.s_binary.left;
        }
    }
}

static bool print_tree(struct demangle_component *tree, struct sink *sink) {
    sink->used = 0;
    if (setjmp(sink->full))
        return false;
    return cplus_demangle_print_callback(DMGL_ANSI, tree, sink_take, sink) && sink_close(sink);
}

/* For what libiberty does not parse into a tree (it knows two readings of `sr...` in the type of a
 * template function, and tries the second only in one go), or cannot print once it is cut. */
static bool demangle_cxx_uncut(const char *symbol, struct sink *sink) {
    return demangle_streamed(cplus_demangle_v3_callback, symbol, WHOLE, sink) &&
           (demangle_streamed(cplus_demangle_v3_callback, symbol, DMGL_ANSI, sink) ||
            demangle_streamed(cplus_demangle_v3_callback, symbol, WHOLE, sink));
}

/* The whole name; without `[clone ...]`, which stands at the top of the tree. */
static void cut_clone(struct demangle_component **slot) {
    while (*slot && (*slot)->type == DEMANGLE_COMPONENT_CLONE)
        *slot = (*slot)->u.s_binary.left;
}

static bool demangle_cxx(enum demangle_mode mode, const char *symbol, struct sink *sink) {
    void *memory = NULL;
    struct demangle_component *tree =
        cplus_demangle_v3_components(symbol, DMGL_PARAMS | DMGL_ANSI, &memory);
    bool done;

    if (mode == DEMANGLE_FULL)
        cut_clone(&tree);
    else
        cut_function(&tree);
    done = tree && print_tree(tree, sink);
    free(memory);
    if (mode == DEMANGLE_FULL)
        return done ||
               demangle_streamed(cplus_demangle_v3_callback, symbol, DMGL_PARAMS | DMGL_ANSI, sink);
    return done || demangle_cxx_uncut(symbol, sink);
}

/* ---- template arguments */

/* Where `operator` and what it is an operator of end, for `at` behind the word: `<`, `<<`, `<=>`,
 * `->` and others have characters that are no brackets there. */
static const char *operator_end(const char *at) {
    static const char *const names[] = {"<=>", "<<=", ">>=", "->*", "<<", ">>",
                                        "<=",  ">=",  "->",  "<",   ">"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(at, names[i], strlen(names[i])) == 0)
            return at + strlen(names[i]);
    return at;
}

static bool is_operator(const char *name, const char *at) {
    return strncmp(at, "operator", 8) == 0 && (at == name || !strchr("_$", at[-1])) &&
           (at == name || !isalnum((unsigned char)at[-1]));
}

/* The end of template arguments that begin at `at`; brackets inside of parentheses are operators or
 * balanced. NULL when they do not end. */
static const char *templates_end(const char *at) {
    size_t angles = 0, parens = 0;

    for (; *at; at++) {
        if (*at == '(')
            parens++;
        else if (*at == ')' && parens > 0)
            parens--;
        else if (parens > 0)
            continue;
        else if (*at == '<')
            angles++;
        else if (*at == '>' && --angles == 0)
            return at + 1;
    }
    return NULL;
}

void demangle_cut_templates(char *name) {
    const char *from = name, *end;
    char *to = name;

    while (*from) {
        if (*from == '<' && (end = templates_end(from)) != NULL) {
            from = end;
            /* `operator< <int>` has a blank that the arguments need. */
            if (to > name && to[-1] == ' ')
                to--;
            continue;
        }
        end = is_operator(name, from) ? operator_end(from + 8) : from + 1;
        while (from < end)
            *to++ = *from++;
    }
    *to = '\0';
}

bool demangle_as(enum demangle_mode mode, const char *symbol, char *out, size_t out_bytes) {
    struct sink sink = {.out = out, .size = out_bytes};
    bool done;

    if (out_bytes == 0 || symbol[0] != '_' || strnlen(symbol, MAX_SYMBOL_BYTES) >= MAX_SYMBOL_BYTES)
        return false;
    if (symbol[1] == 'D')
        return demangle_d(symbol, out, out_bytes);
    if (symbol[1] != 'Z' && symbol[1] != 'R')
        return false;
    /* Rust first: its legacy names are also valid C++ names, with a hash for a last component. */
    if (demangle_streamed(rust_demangle_callback, symbol, WHOLE, &sink))
        return true;
    done = symbol[1] == 'Z' && demangle_cxx(mode, symbol, &sink);
    if (done && mode == DEMANGLE_SIMPLE)
        demangle_cut_templates(out);
    return done;
}

bool demangle(const char *symbol, char *out, size_t out_bytes) {
    return demangle_as(DEMANGLE_TEMPLATES, symbol, out, out_bytes);
}
