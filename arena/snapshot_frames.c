/* Frames: addresses -> locations and mappings of the pprof file.
 *
 * Nothing but ids has to be kept: a location, its mapping and its function are written where they
 * are first used. A small cache in front of the tables takes most frames: stacks share their roots.
 */
#include "arena/snapshot_frames.h"

#include <errno.h>
#include <string.h>

void *scratch_new(const struct mem *mem, size_t bytes) {
    void *p = mem->resize(mem->ctx, NULL, 0, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

void scratch_free(const struct mem *mem, void *p, size_t bytes) {
    if (p)
        mem->resize(mem->ctx, p, bytes, 0);
}

/* ---- mappings */

size_t mapping_path_bytes(const char *path, size_t n) {
    static const char mark[] = " (deleted)";
    const size_t m = sizeof mark - 1;
    return n > m && memcmp(path + n - m, mark, m) == 0 ? n - m : n;
}

static int64_t build_id_string(struct pprof_writer *w, const struct arena_object *o) {
    char hex[2 * sizeof o->build_id];
    size_t n = o->build_id_len;
    if (n > sizeof o->build_id)
        n = 0;
    for (size_t i = 0; i < n; i++) {
        hex[2 * i] = "0123456789abcdef"[o->build_id[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[o->build_id[i] & 15];
    }
    return pprof_writer_string_n(w, hex, 2 * n);
}

/* The id of the mapping of an entry of the object map, written at its first use. */
static uint32_t mapping_id(struct frames *f, uint32_t entry) {
    if (entry == OBJECT_NONE)
        return 0;
    if (f->mapping_ids[entry])
        return f->mapping_ids[entry];
    const struct object_entry *e = &f->objects.entries[entry];
    const struct arena_object *o = arena_at(f->v, e->ref, sizeof *o);
    uint32_t len = 0;
    const char *path = arena_string_at(f->v, o->path, &len);
    struct pprof_wire_mapping m = {
        .id = ++f->n_mappings,
        .memory_start = e->start,
        .memory_limit = e->end,
        .file_offset = o->file_offset,
        .filename = path ? pprof_writer_string_n(f->w, path, mapping_path_bytes(path, len)) : 0,
        .build_id = build_id_string(f->w, o),
    };
    pprof_write_mapping(f->w, &m);
    return f->mapping_ids[entry] = f->n_mappings;
}

/* ---- locations */

static void write_pseudo(struct frames *f, uint64_t id, uint64_t pc) {
    struct pprof_wire_function named = {.id = ++f->n_functions};
    named.name = named.system_name = pprof_writer_string(f->w, frame_mark_name(pc));
    struct pprof_wire_line line = {.function_id = named.id};
    pprof_write_function(f->w, &named);
    pprof_write_location(f->w, id, 0, 0, &line, 1, false);
}

/* The location id of a frame that the cache does not have; 0 when out of memory. */
static uint32_t location_find(struct frames *f, uint64_t pc, uint32_t epoch) {
    bool pseudo = pc < ARENA_PC_LIMIT, is_new;
    if (pseudo)
        pc = frame_mark(pc);
    uint32_t object = pseudo ? OBJECT_NONE : object_map_find(&f->objects, pc, epoch);
    uint32_t id = location_table_id(&f->locations, f->mem, pc, object, &is_new);
    if (!id || !is_new)
        return id;
    if (pseudo)
        write_pseudo(f, id, pc);
    else
        pprof_write_location(f->w, id, mapping_id(f, object), pc, NULL, 0, false);
    return id;
}

static uint32_t location_id(struct frames *f, uint64_t pc, uint32_t epoch) {
    uint64_t hash = (pc ^ (uint64_t)epoch << 40) * UINT64_C(0x9e3779b97f4a7c15);
    struct cached_location *c = &f->cache[(hash >> 40) % FRAMES_CACHE_SLOTS];
    if (c->id && c->pc == pc && c->epoch == epoch)
        return c->id;
    *c = (struct cached_location){pc, epoch, location_find(f, pc, epoch)};
    return c->id;
}

int frames_locate(struct frames *f, const uint64_t *pcs, uint32_t depth, uint32_t epoch) {
    for (uint32_t i = 0; i < depth; i++)
        if (!(f->ids[i] = location_id(f, pcs[i], epoch)))
            return -ENOMEM;
    return 0;
}

/* ---- all of it */

int frames_init(struct frames *f, const struct arena_view *v, const struct mem *mem,
                struct pprof_writer *w, uint32_t depth_max, uint64_t *damaged) {
    f->v = v;
    f->mem = mem;
    f->w = w;
    f->ids_bytes = depth_max * sizeof *f->ids;
    f->ids = scratch_new(mem, f->ids_bytes);
    if (!f->ids || object_map_init(&f->objects, v, mem) != 0)
        return -ENOMEM;
    *damaged += f->objects.cut;
    if (!f->objects.n)
        return 0;
    f->mapping_ids = scratch_new(mem, f->objects.n * sizeof *f->mapping_ids);
    if (!f->mapping_ids)
        return -ENOMEM;
    mapping_id(f, f->objects.main);
    return 0;
}

void frames_release(struct frames *f) {
    location_table_release(&f->locations, f->mem);
    scratch_free(f->mem, f->mapping_ids, f->objects.n * sizeof *f->mapping_ids);
    object_map_release(&f->objects, f->mem);
    scratch_free(f->mem, f->ids, f->ids_bytes);
}
