/* The parts of fetching: what source_fetch.c puts together.
 *
 * Private to reader/source/. `int` results are 0 or a negative errno, with one line in `why`. Not
 * async-signal-safe. */
#ifndef CPPROF_READER_SOURCE_SOURCE_PARTS_H
#define CPPROF_READER_SOURCE_SOURCE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/profile.h"
#include "reader/source/source.h"
#include "reader/source/source_http.h"
#include "symbolize/build_id.h"

enum {
    SOURCE_WHY_BYTES = 8192,   /* for one line of reason */
    SOURCE_MAX_BYTES = 1 << 30 /* of a source, and of what it decompresses to */
};

/* source_parse with a limit for what is decompressed, and for the profile. The bytes stay the
 * caller's, but their content may be lost. Any thread. */
int source_parse_within(void *bytes, size_t n, size_t max_bytes, struct profile **out,
                        char *why, size_t why_bytes);

/* ---- where mappings come from (source_mappings.c), as google/pprof's MappingSources */

struct mapping_source {
    char *key, *url; /* owned. The key is a mapping's build ID, or else its file */
    uint64_t start;  /* where it was mapped */
};

struct mapping_sources {
    struct mapping_source *at; /* owned */
    size_t n;
};

/* Adds the mappings of a profile that came from `url`. One without a name gets the URL as its name
 * until mapping_sources_forget. */
int mapping_sources_add(struct mapping_sources *s, struct profile *p, const char *url);
/* Moves all of `from` behind `s`'s. `from` is then empty, also when out of memory. */
int mapping_sources_join(struct mapping_sources *s, struct mapping_sources *from);
void mapping_sources_release(struct mapping_sources *s);
/* Takes URLs away that are names of mappings. */
void mapping_sources_forget(struct profile *p);

/* ---- binaries (source_locate.c) */

/* Whether a file can be read as a binary: 0, with its build ID, "" if it has none; or a negative
 * errno. */
int source_open_object(const char *path, char build_id[BUILD_ID_HEX_BYTES], char *why,
                       size_t why_bytes);

/* Looks for the files of mappings where $PPROF_BINARY_PATH says, and names the first mapping's file
 * and build ID as the command line does. Says on stderr which files it does not take. */
int source_locate(struct profile *p, const struct source_request *q);

/* ---- names */

/* source_symbolize.c: names the addresses of a profile as `-symbolize=MODE` says (NULL: ""). */
int source_symbolize_with(struct profile *p, const char *mode, const struct mapping_sources *s,
                          const struct source_tls *tls, char *why, size_t why_bytes);
/* source_local.c: from the files of mappings; `force` also where there are names, `fast` only
 * names. Says on stderr which files cannot be used. */
int source_symbolize_locally(struct profile *p, bool force, bool fast);
/* source_symbolz.c: asks the servers that the mappings came from. */
int source_symbolize_remote(struct profile *p, bool force, const struct mapping_sources *s,
                            const struct source_tls *tls, char *why, size_t why_bytes);
/* Puts what a server said of addresses into the locations of a mapping. `offset` is what was added
 * to the addresses for it. */
int source_take_symbols(struct profile *p, struct profile_mapping *m, int64_t offset,
                        const char *text, size_t n, char *why, size_t why_bytes);
/* source_demangle.c: functions get names for people from their system names. 0 or -ENOMEM. */
int source_demangle(struct profile *p, bool force, const char *mode);

/* ---- copies (source_save.c) */

/* Keeps a copy of what was fetched, and says where on stderr. Only a directory that cannot be had
 * is an error. */
int source_save(const struct profile *p, char *why, size_t why_bytes);

#endif
