/* Go's regular expressions on PCRE2: reader/regexp/ writes the pattern anew, here it is compiled
 * and run.
 *
 * PCRE2 backtracks where RE2 does not: a match that takes too many steps is asked again of PCRE2's
 * other matcher, which follows all ways at once. That one says the same of whether and where it
 * begins, but ends at the longest. What else differs from Go: Unicode 14 for 15, \p{...} under
 * (?i) (only the case of letters), scripts also by their short names, and patterns whose counted
 * repetitions make more than 64 KiB are too large.
 *
 * Bytes that are no UTF-8 match as U+FFFD, one each, as in Go. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "reader/regexp.h"

#include <pcre2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader/regexp/translate.h"
#include "reader/utf8.h"

enum {
    MAX_STEPS = 100000, /* before the other matcher is asked */
    STACK_BYTES = 1024 * 1024,
    FIRST_WORKSPACE = 1024, /* of the other matcher, in ints */
    MAX_WORKSPACE = 1024 * 1024,
};

struct regexp {
    char *text;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack;
    int *workspace; /* NULL until it is needed */
    size_t n_workspace;
};

/* ---- making */

static pcre2_code *compile(const char *pattern, const char *text, char *why, size_t why_bytes) {
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_code *code = NULL;
    PCRE2_SIZE at;
    int error = PCRE2_ERROR_NOMEMORY;

    if (context) {
        pcre2_set_newline(context, PCRE2_NEWLINE_LF);
        pcre2_set_parens_nest_limit(context, 4000);
        code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                             PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_ALT_CIRCUMFLEX |
                                 PCRE2_NO_AUTO_CAPTURE,
                             &error, &at, context);
    }
    pcre2_compile_context_free(context);
    if (!code)
        snprintf(why, why_bytes, "error parsing regexp: expression too large: `%s`", text);
    return code;
}

static bool prepare(struct regexp *r) {
    r->match = pcre2_match_data_create(1, NULL);
    r->limits = pcre2_match_context_create(NULL);
    if (!r->match || !r->limits)
        return false;
    pcre2_set_match_limit(r->limits, MAX_STEPS);
    /* where there is no JIT, the interpreter does */
    if (pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE) == 0) {
        r->stack = pcre2_jit_stack_create(32 * 1024, STACK_BYTES, NULL);
        if (r->stack)
            pcre2_jit_stack_assign(r->limits, NULL, r->stack);
    }
    return true;
}

struct regexp *regexp_new(const char *pattern, char *why, size_t why_bytes) {
    struct regexp *r = calloc(1, sizeof(*r));
    char *translated = r ? regexp_translate(pattern, why, why_bytes) : NULL;

    if (r && translated) {
        r->text = strdup(pattern);
        r->code = compile(translated, pattern, why, why_bytes);
    }
    free(translated);
    if (r && r->code && r->text && prepare(r))
        return r;
    if (!r || (r->code && (!r->text || !r->match || !r->limits)))
        snprintf(why, why_bytes, "cannot allocate memory");
    regexp_free(r);
    return NULL;
}

void regexp_free(struct regexp *r) {
    if (!r)
        return;
    pcre2_code_free(r->code);
    pcre2_match_data_free(r->match);
    pcre2_match_context_free(r->limits);
    pcre2_jit_stack_free(r->stack);
    free(r->workspace);
    free(r->text);
    free(r);
}

const char *regexp_text(const struct regexp *r) {
    return r->text;
}

/* ---- matching */

static bool workspace_grow(struct regexp *r) {
    size_t n = r->n_workspace ? r->n_workspace * 4 : FIRST_WORKSPACE;
    int *workspace;

    if (n > MAX_WORKSPACE)
        return false;
    workspace = realloc(r->workspace, n * sizeof(*workspace));
    if (!workspace)
        return false;
    r->workspace = workspace;
    r->n_workspace = n;
    return true;
}

static int match_all_ways(struct regexp *r, const char *s, size_t n) {
    int result = PCRE2_ERROR_DFA_WSSIZE;

    if (!r->workspace && !workspace_grow(r))
        return PCRE2_ERROR_NOMEMORY;
    while (result == PCRE2_ERROR_DFA_WSSIZE) {
        result = pcre2_dfa_match(r->code, (PCRE2_SPTR)s, n, 0, PCRE2_NO_UTF_CHECK, r->match, NULL,
                                 r->workspace, r->n_workspace);
        if (result == PCRE2_ERROR_DFA_WSSIZE && !workspace_grow(r))
            return PCRE2_ERROR_NOMEMORY;
    }
    return result;
}

/* `s` is UTF-8. */
static bool match(struct regexp *r, const char *s, size_t n, size_t *start, size_t *end) {
    int result = pcre2_match(r->code, (PCRE2_SPTR)s, n, 0, PCRE2_NO_UTF_CHECK, r->match, r->limits);

    if (result < 0 && result != PCRE2_ERROR_NOMATCH)
        result = match_all_ways(r, s, n);
    if (result < 0)
        return false;
    *start = pcre2_get_ovector_pointer(r->match)[0];
    *end = pcre2_get_ovector_pointer(r->match)[1];
    return true;
}

static bool is_ascii(const char *s, size_t n) {
    unsigned char bits = 0;

    for (size_t i = 0; i < n; i++)
        bits |= (unsigned char)s[i];
    return bits < 0x80;
}

static bool is_utf8(const char *s) {
    uint32_t rune;

    for (size_t n; (n = utf8_rune(s, &rune)) > 0;)
        s += n;
    return *s == '\0';
}

/* Where of `s` the first `n` bytes of its mended copy end. */
static size_t mended_offset(const char *s, size_t n) {
    size_t at = 0;
    uint32_t rune;

    for (size_t i = 0; i < n;) {
        size_t length = utf8_rune(s + at, &rune);
        at += length ? length : 1;
        i += length ? length : 3;
    }
    return at;
}

/* With U+FFFD for each byte that is no UTF-8. */
static bool match_mended(struct regexp *r, const char *s, size_t n, size_t *start, size_t *end) {
    char *mended = malloc(n * 3);
    size_t n_mended = 0;
    uint32_t rune;
    bool matched;

    if (!mended)
        return false;
    for (size_t i = 0; i < n;) {
        size_t length = utf8_rune(s + i, &rune);
        memcpy(mended + n_mended, length ? s + i : "\xef\xbf\xbd", length ? length : 3);
        n_mended += length ? length : 3;
        i += length ? length : 1;
    }
    matched = match(r, mended, n_mended, start, end);
    free(mended);
    if (matched) {
        *start = mended_offset(s, *start);
        *end = mended_offset(s, *end);
    }
    return matched;
}

bool regexp_find(struct regexp *r, const char *s, size_t *start, size_t *end) {
    size_t n = strlen(s);

    if (is_ascii(s, n) || is_utf8(s))
        return match(r, s, n, start, end);
    return match_mended(r, s, n, start, end);
}

bool regexp_matches(struct regexp *r, const char *s) {
    size_t start, end;

    return regexp_find(r, s, &start, &end);
}
