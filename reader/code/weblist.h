/* `weblist`: source and machine code of the functions that match, as a page for a browser. What is
 * collected for it, in the order in which it comes to be:
 *
 *   costs          what each address of the profile weighs
 *   targets        the addresses whose function, file or mapping matches; names of their functions
 *   instructions   what objdump says of the targets' surroundings, with the frames of each: the
 *                  function that it is in, and the calls that were inlined there
 *   entries        an instruction at a line of a file, one for each of its frames that matches
 *
 * All strings are the profile's: its pool has one copy of each content. Private to reader/code/.
 * One thread; `int` results are 0 or -ENOMEM. */
#ifndef CPPROF_READER_CODE_WEBLIST_H
#define CPPROF_READER_CODE_WEBLIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "reader/code/code_object.h"
#include "reader/code/source_text.h"
#include "reader/report/report.h"

struct weblist_cost {
    uint64_t address;
    int64_t flat, cum;
};

struct weblist_target {
    uint64_t address;
    const struct profile_location *location;
    struct code_object *object; /* NULL: no file is known for it */
};

struct weblist_object {
    const struct profile_mapping *mapping;
    struct code_object *object; /* NULL: could not be opened */
};

struct weblist_frame {
    const char *function, *system_name, *file;
    int64_t line;
};

struct weblist_instruction {
    uint64_t address, object_address;
    uint64_t bytes;
    const char *text;             /* "": stands for an address whose code is not known */
    size_t first_frame, n_frames; /* in `frames`, innermost first */
    bool has_place;               /* they are its own, not those of the instruction before */
    int64_t flat, cum;
};

struct weblist_entry {
    const char *file;
    int64_t line;
    size_t instruction, depth; /* which frame of the instruction is at that line */
};

struct weblist {
    struct report *report;
    struct sources *sources;
    struct weblist_cost *costs; /* by address */
    size_t n_costs;
    struct weblist_target *targets; /* by address */
    size_t n_targets;
    const char **names; /* of functions that are shown, sorted */
    size_t n_names;
    const struct profile_function **functions; /* of the profile, by system name */
    size_t n_functions;
    struct weblist_object *objects;
    size_t n_objects;
    struct weblist_instruction *instructions; /* as they were added */
    size_t n_instructions;
    struct weblist_frame *frames;
    size_t n_frames;
    struct weblist_entry *entries; /* by file, line, and as they were added */
    size_t n_entries;
    const char *note; /* why code could not be had, or NULL */
};

/* Lines of a file that are shown together, because they are close and of one function. */
struct weblist_section {
    const char *function;
    int64_t begin, end; /* lines [begin, end) */
    int64_t flat, cum;
    const struct weblist_entry *entries, *behind;
};

/* Fills costs, targets, names, functions and objects. */
int weblist_read_samples(struct weblist *w);
/* Fills instructions, frames and entries; what cannot be read is left out. */
int weblist_read_code(struct weblist *w);
/* The sections of the file that entries[0..n) are in, which is all of that file's. *sections is
 * the caller's. */
int weblist_split(const struct weblist *w, const struct weblist_entry *entries, size_t n,
                  struct weblist_section **sections, size_t *n_sections);
/* Writes the page. */
int weblist_write(const struct weblist *w, FILE *to);

/* What one address weighs. */
const struct weblist_cost *weblist_cost(const struct weblist *w, uint64_t from);
bool weblist_shows(const struct weblist *w, const struct weblist_frame *f);
/* A function by the name that the profile has for it. */
const char *weblist_function(const struct weblist *w, const struct weblist_frame *f);

#endif
