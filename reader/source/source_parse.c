/* One file's bytes as a profile, in the order in which google/pprof tries: gzip is taken off, then
 * it is a profile.proto message, else one of the legacy formats, and last, which pprof does not
 * read, collapsed stacks. Its words of refusal are pprof's, which says nothing of a broken message
 * but that it is no profile; only a message that is whole and makes no sense is told apart. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/discard.h"
#include "proto/gunzip.h"
#include "reader/export/export.h"
#include "reader/source/source_parts.h"

enum { MAX_BYTES = 1 << 30 };

static int refuse(int err, const char *before, const char *text, char *why, size_t why_bytes) {
    if (why && why_bytes > 0)
        snprintf(why, why_bytes, "%s%s", before, text);
    return err;
}

/* Whether the decoder's refusal is pprof's last word, too. */
static bool is_final(const char *text) {
    static const char *const final[] = {
        "malformed profile: ",
        "parsing profile: concatenated profiles detected",
        "parsing profile: empty input file",
    };

    for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
        if (strncmp(text, final[i], strlen(final[i])) == 0)
            return true;
    return false;
}

static int parse_legacy(const char *text, size_t n, struct profile **out, char *why,
                        size_t why_bytes) {
    char reason[SOURCE_WHY_BYTES] = "unrecognized profile format";
    int err = legacy_parse(text, n, out, reason, sizeof(reason));

    /* Beyond pprof. Its refusal stays the last word, as the text may have been meant for it. */
    if (err == -EINVAL)
        err = folded_parse(text, n, out, NULL, 0);
    if (err < 0)
        return refuse(-EINVAL, "parsing profile: ", reason, why, why_bytes);
    err = profile_check(*out, reason, sizeof(reason));
    if (err == 0)
        return 0;
    profile_free(*out);
    *out = NULL;
    return refuse(err, "malformed profile: ", reason, why, why_bytes);
}

/* What is not compressed, or no more. */
static int parse_plain(const uint8_t *bytes, size_t n, const struct profile_limits *limits,
                       struct profile **out, char *why, size_t why_bytes) {
    char reason[SOURCE_WHY_BYTES] = "";
    int err = -EINVAL;

    if (!gunzip_magic(bytes, n))
        err = profile_decode(bytes, n, limits, out, reason, sizeof(reason));
    if (err == 0)
        return 0;
    if (err != -EINVAL || is_final(reason))
        return refuse(err, "", reason, why, why_bytes);
    return parse_legacy((const char *)bytes, n, out, why, why_bytes);
}

/* zlib's words for broken data in Go's. */
static const char *gzip_reason(const char *text) {
    static const char *const words[][2] = {
        {"unexpected end of data", "unexpected EOF"},
        {"incorrect header check", "gzip: invalid header"},
        {"unknown compression method", "gzip: invalid header"},
        {"unknown header flags set", "gzip: invalid header"},
        {"header crc mismatch", "gzip: invalid header"},
        {"incorrect data check", "gzip: invalid checksum"},
        {"incorrect length check", "gzip: invalid checksum"},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(text, words[i][0]) == 0)
            return words[i][1];
    return "flate: corrupt input";
}

/* `discard`: the bytes are needed no more. */
static int parse(const void *bytes, size_t n, size_t max_bytes, bool discard, struct profile **out,
                 char *why, size_t why_bytes) {
    struct profile_limits limits = {.max_bytes = max_bytes, .discard = discard};
    uint8_t *unzipped = NULL;
    const char *reason = "out of memory";
    char limit[64];
    int err = 0;

    *out = NULL;
    if (gunzip_magic(bytes, n)) {
        const uint8_t *end = (const uint8_t *)bytes + n;
        err = gunzip(bytes, n, max_bytes, &unzipped, &n, &reason);
        if (discard)
            discard_pages(bytes, end);
        bytes = unzipped;
        limits.discard = true;
    }
    if (err == -EINVAL)
        reason = gzip_reason(reason);
    if (err == -E2BIG) {
        snprintf(limit, sizeof(limit), "more than %zu bytes", max_bytes);
        reason = limit;
    }
    if (err < 0)
        return refuse(err, "decompressing profile: ", reason, why, why_bytes);
    err = parse_plain(bytes, n, &limits, out, why, why_bytes);
    free(unzipped);
    return err;
}

int source_parse_within(void *bytes, size_t n, size_t max_bytes, struct profile **out, char *why,
                        size_t why_bytes) {
    return parse(bytes, n, max_bytes, true, out, why, why_bytes);
}

int source_parse(const void *bytes, size_t n, struct profile **out, char *why, size_t why_bytes) {
    return parse(bytes, n, MAX_BYTES, false, out, why, why_bytes);
}
