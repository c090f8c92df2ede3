/* Which symbols of a file a regular expression, or an address, means: google/pprof's findSymbols.
 *
 * One thread at a time. Not async-signal-safe. */
#ifndef CPPROF_READER_CODE_SYMBOL_MATCH_H
#define CPPROF_READER_CODE_SYMBOL_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reader/code/code_object.h"
#include "reader/regexp.h"

struct symbol_match {
    char **names; /* at least one: as in the file, or demangled if only that matches */
    size_t n_names;
    uint64_t start, end; /* in the file; to before the next symbol */
};

/* All symbols of `o` (of the kind that code_object_symbols is told) whose name matches, mangled or
 * not; with `address` (of the file; may be NULL) also what is there, by all of its names. *matches
 * is the caller's, freed by symbol_matches_free. -ENOMEM. */
int symbol_matches(struct code_object *o, bool elsewhere, struct regexp *regexp,
                   const uint64_t *address, struct symbol_match **matches, size_t *n);
void symbol_matches_free(struct symbol_match *matches, size_t n);

#endif
