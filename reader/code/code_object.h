/* A file of machine code as it was mapped: where the addresses of a profile are in it, and what it
 * calls them.
 *
 * One thread at a time per object. Not async-signal-safe. */
#ifndef CPPROF_READER_CODE_CODE_OBJECT_H
#define CPPROF_READER_CODE_CODE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/profile.h"
#include "symbolize/build_id.h"

struct code_object;

/* A symbol of the file, with its address there. */
struct code_symbol {
    uint64_t address;
    const char *name; /* the object's */
};

/* Opens the file of a mapping, which must outlive the object. On success *out is the caller's. On
 * error a negative errno with pprof's words in `why`: no such file, no ELF file. */
int code_object_open(const struct profile_mapping *m, struct code_object **out, char *why,
                     size_t why_bytes);
void code_object_close(struct code_object *); /* NULL is allowed */

/* Its GNU build ID in lower-case hex, or "". */
void code_object_build_id(const struct code_object *, char hex[BUILD_ID_HEX_BYTES]);

/* The address in the file of an address in the profile. False if it is not the mapping's. */
bool code_object_address(const struct code_object *, uint64_t address, uint64_t *in_file);
/* The position in the file of an address of the profile, which is the mapping's. */
uint64_t code_object_position(const struct code_object *, uint64_t address);

/* Every symbol of .symtab that has an address, by address and name. `elsewhere`: where there is no
 * .symtab those of its separate debug file, or what it exports; none where there is. They are the
 * object's, until the next call. -ENOMEM. */
int code_object_symbols(struct code_object *, bool elsewhere, const struct code_symbol **symbols,
                        size_t *n);

#endif
