/* A libFuzzer target for what reads arenas: whatever the bytes, the reader stays inside of the
 * view, comes to an end, and writes a profile that the strict decoder takes.
 *
 * The first byte selects the kind and how the rest is meant: as the bytes of an arena whose magic,
 * version and size are right (else nothing would be learnt beyond them), or as changes to a sound
 * one, six bytes each: where, in steps of two bytes, and a value. */
// link: arena/*.c proto/*.c build/gen/proto/profile.pb-c.c
// libs: -lprotobuf-c -lz
#include <stdlib.h>
#include <string.h>

#include "arena/snapshot.h"
#include "proto/profile.h"
#include "tests/unit/arena_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RAW_MAX = 64 * 1024 };

static void read_view(const struct arena_view *v, enum profile_kind kind) {
    const struct snapshot_time now = {1, 2};
    struct bytes out = {0};
    struct profile *p = NULL;
    if (arena_view_check(v))
        return;
    snapshot_has_samples(v, kinds[kind].event);
    if (snapshot_write(v, kind, &now, &mem_malloc, take_bytes, &out) ||
        profile_decode(out.s, out.n, NULL, &p, NULL, 0))
        abort();
    profile_free(p);
    free(out.s);
}

static struct builder sound(void) {
    static const uint64_t pcs[] = {0x7f0010, 0x400020, 0x400030, ARENA_PC_LOST};
    struct builder b = builder_new(1024, 2);
    builder_object(&b, "/usr/bin/demo", 0x400000, 0x500000, 0);
    builder_object(&b, "/lib/a.so", 0x7f0000, 0x7f8000, 0)->epoch_last = 1;
    builder_object(&b, "/lib/b.so", 0x7f0000, 0x7f4000, 2);
    arena_ref name = builder_string(&b, "worker");
    for (uint32_t i = 0; i < 8; i++) {
        builder_cpu(&b, builder_stack(&b, i / 2, pcs, 1 + i % 4), name, 1);
        builder_bucket(&b, ARENA_EVENT_HEAP, builder_stack(&b, i / 2, pcs, 4), name)->v[1] = 10;
    }
    return b;
}

static void read_changed(const uint8_t *data, size_t size, enum profile_kind kind) {
    struct builder b = sound();
    struct arena_view v = builder_view(&b);
    for (; size >= 6; data += 6, size -= 6) {
        uint16_t where;
        memcpy(&where, data, sizeof where);
        uint64_t at = (uint64_t)where * 2 % (v.size - 4);
        memcpy(b.base + at, data + 2, 4);
    }
    read_view(&v, kind);
    builder_free(&b);
}

static void read_raw(const uint8_t *data, size_t size, enum profile_kind kind) {
    struct arena_view v = {NULL, (size + ARENA_ALIGN) / ARENA_ALIGN * ARENA_ALIGN};
    uint8_t *base = aligned_alloc(ARENA_ALIGN, v.size);
    struct arena_header *h = (struct arena_header *)base;
    memset(base, 0, v.size);
    memcpy(base, data, size);
    if (v.size >= sizeof *h) {
        h->magic = ARENA_MAGIC;
        h->version = ARENA_VERSION;
        h->header_bytes = sizeof *h;
        h->size = v.size;
    }
    v.base = base;
    read_view(&v, kind);
    free(base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > RAW_MAX)
        return 0;
    enum profile_kind kind = (enum profile_kind)(data[0] % KIND_COUNT);
    if (data[0] & 0x80)
        read_raw(data + 1, size - 1, kind);
    else
        read_changed(data + 1, size - 1, kind);
    return 0;
}
