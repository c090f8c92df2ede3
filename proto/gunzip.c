/* Decompression of gzip files: members one behind another, as `cat a.gz b.gz` makes them, and
 * nothing else behind them. The result grows by doubling, up to a limit, as it is produced, so that
 * memory is bounded by what the file really holds and not by what it says. */
#include "proto/gunzip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The most that zlib is given, or has room for, at once: it counts in unsigned int. */
enum { MAX_PIECE = 1 << 30 };

struct output {
    uint8_t *bytes;
    size_t used, room, max;
};

bool gunzip_magic(const uint8_t *bytes, size_t n) {
    return n >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

/* One byte beyond the limit is room too: a file that fills it is too large, one that ends before is
 * not. */
static int output_grow(struct output *o) {
    size_t limit = o->max < SIZE_MAX ? o->max + 1 : SIZE_MAX;
    size_t room = o->room > limit / 2 ? limit : o->room * 2;
    uint8_t *bytes;

    if (o->used > o->max)
        return -E2BIG;
    if (o->used < o->room)
        return 0;
    bytes = realloc(o->bytes, room);
    if (!bytes)
        return -ENOMEM;
    o->bytes = bytes;
    o->room = room;
    return 0;
}

/* Inflates one member; next_in and *left say where it ends. */
static int member(z_stream *z, size_t *left, struct output *o, const char **why) {
    int rc = Z_OK;

    while (rc != Z_STREAM_END) {
        uInt in = *left < MAX_PIECE ? (uInt)*left : MAX_PIECE, out;
        int err = output_grow(o);
        if (err < 0)
            return err;
        out = o->room - o->used < MAX_PIECE ? (uInt)(o->room - o->used) : MAX_PIECE;
        z->avail_in = in;
        z->next_out = o->bytes + o->used;
        z->avail_out = out;
        rc = inflate(z, Z_NO_FLUSH);
        *left -= in - z->avail_in;
        o->used += out - z->avail_out;
        if (rc == Z_MEM_ERROR)
            return -ENOMEM;
        if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
            *why = z->msg ? z->msg : "invalid data";
            return -EINVAL;
        }
        if (rc != Z_STREAM_END && z->avail_in == 0 && *left == 0 && z->avail_out > 0) {
            *why = "unexpected end of data";
            return -EINVAL;
        }
    }
    return o->used > o->max ? -E2BIG : 0;
}

int gunzip(const uint8_t *bytes, size_t n, size_t max_bytes, uint8_t **out, size_t *out_bytes,
           const char **why) {
    struct output o = {.room = 2048, .max = max_bytes};
    z_stream z = {.next_in = (Bytef *)bytes};
    int err = inflateInit2(&z, 15 + 16) == Z_OK ? 0 : -ENOMEM;

    if (err < 0)
        return err;
    /* A first room, since growing doubles. */
    o.bytes = malloc(o.room);
    err = o.bytes ? member(&z, &n, &o, why) : -ENOMEM;
    while (err == 0 && n > 0) {
        err = inflateReset(&z) == Z_OK ? member(&z, &n, &o, why) : -ENOMEM;
    }
    inflateEnd(&z);
    if (err < 0) {
        free(o.bytes);
        return err;
    }
    *out = o.bytes;
    *out_bytes = o.used;
    return 0;
}
