/* A libFuzzer target for what reads records of threads: whatever the bytes, a record that passes
 * the check is walked to its end and makes a profile that the strict decoder takes.
 *
 * The bytes are a record whose magic, version and length are set right (else nothing would be
 * learnt beyond them). */
// link: arena/*.c proto/*.c build/gen/proto/profile.pb-c.c
// libs: -lprotobuf-c -lz
#include <stdlib.h>
#include <string.h>

#include "arena/threads_profile.h"
#include "proto/profile.h"
#include "tests/unit/arena_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD_MAX = 64 * 1024 };

static void write_profile(const struct threads_head *record) {
    struct builder b = builder_new(16, 2);
    struct bytes out = {0};
    struct profile *p = NULL;
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    struct arena_view v = builder_view(&b);
    if (threads_profile_write(&v, record, &mem_malloc, take_bytes, &out) ||
        profile_decode(out.s, out.n, NULL, &p, NULL, 0))
        abort();
    profile_free(p);
    free(out.s);
    builder_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > RECORD_MAX)
        return 0;
    struct threads_head *h = malloc(size ? size : 1);
    memcpy(h, data, size);
    if (size >= sizeof *h) {
        h->magic = THREADS_MAGIC;
        h->version = THREADS_VERSION;
        h->bytes = size;
    }
    if (!threads_record_check(h, size))
        write_profile(h);
    free(h);
    return 0;
}
