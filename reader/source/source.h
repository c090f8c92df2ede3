/* Where profiles come from: files, URLs, several at once, bases to subtract; in every format that
 * pprof reads.
 *
 * One thread; not async-signal-safe. */
#ifndef CPPROF_READER_SOURCE_SOURCE_H
#define CPPROF_READER_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/profile.h"
#include "reader/options.h"

/* What the command line says of sources. Strings are the command line's; NULL is absent. */
struct source_request {
    const char *const *sources;
    size_t n_sources;
    const char *executable; /* the binary given as first argument */
    const char *build_id;
    const char *base;
    bool base_is_diff; /* -diff_base */
    bool normalize;
    const char *symbolize; /* -symbolize */
    int seconds, timeout;  /* -1: not given */
    const char *tls_cert, *tls_key, *tls_ca;
    const char *comment; /* -add_comment */
    const char *tools;
    bool all_frames;
};

/* Fetches all, at once; says on stderr what it does, as pprof (`Fetching profile over HTTP from
 * ...`, `Saved profile in ...`); symbolizes; merges; subtracts the base; removes uninteresting
 * frames. 0, or a negative errno with the reason in `why`. */
int source_fetch(const struct source_request *q, struct profile **out, char *why, size_t why_bytes);

/* One file's bytes, in whatever format: gzip or not, profile.proto, else one of the legacy ones. */
int source_parse(const void *bytes, size_t n, struct profile **out, char *why, size_t why_bytes);

/* The legacy formats (reader/source/legacy_*.c): -EINVAL where it is none of them. */
int legacy_parse(const char *text, size_t n, struct profile **out, char *why, size_t why_bytes);

/* Merges profiles whose sample types differ: the common ones, in the finest units
 * (pprof's combineProfiles). *out is new. */
int source_combine(struct profile *const *profiles, size_t n, struct profile **out, char *why,
                   size_t why_bytes);

/* Names the addresses of a profile as `-symbolize=MODE` says ("" is local, then remote).
 * `url` is where it came from, or NULL. Says on stderr what it cannot use. */
int source_symbolize(struct profile *p, const char *mode, const char *url, char *why,
                     size_t why_bytes);

#endif
