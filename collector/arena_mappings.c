/* Objects become mappings with their paths and build IDs; the kernel's mark of a deleted file is
 * cut, the build ID tells as much. */
#include "collector/arena_mappings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena/snapshot_frames.h"
#include "symbolize/build_id.h"

int arena_mappings_init(struct arena_mappings *m, const struct arena_view *v,
                        struct profile *profile) {
    *m = (struct arena_mappings){.view = v, .profile = profile};
    int err = object_map_init(&m->objects, v, &mem_malloc);
    if (!err && !(m->made = calloc(m->objects.n + 1, sizeof *m->made)))
        err = -ENOMEM;
    return err;
}

void arena_mappings_release(struct arena_mappings *m) {
    free(m->made);
    object_map_release(&m->objects, &mem_malloc);
    *m = (struct arena_mappings){0};
}

static struct profile_mapping *make_mapping(struct arena_mappings *m,
                                            const struct object_entry *e) {
    const struct arena_object *o = arena_at(m->view, e->ref, sizeof *o);
    uint32_t len = 0;
    const char *path = o ? arena_string_at(m->view, o->path, &len) : NULL;
    char hex[BUILD_ID_HEX_BYTES] = "";
    if (o)
        build_id_spell(o->build_id, o->build_id_len <= sizeof o->build_id ? o->build_id_len : 0,
                       hex);
    size_t n = path ? strnlen(path, len) : 0;
    path = profile_string_n(m->profile, path ? path : "", mapping_path_bytes(path, n));
    const char *id = profile_string(m->profile, hex);
    struct profile_mapping *made = path && id ? profile_add_mapping(m->profile) : NULL;
    if (!made)
        return NULL;
    made->start = e->start;
    made->limit = e->end;
    made->offset = o ? o->file_offset : 0;
    made->file = path;
    made->build_id = id;
    return made;
}

struct profile_mapping *arena_mapping_at(struct arena_mappings *m, uint64_t pc, uint32_t epoch,
                                         int *err) {
    uint32_t i = object_map_find(&m->objects, pc, epoch);
    if (i == OBJECT_NONE)
        return NULL;
    if (!m->made[i] && !(m->made[i] = make_mapping(m, &m->objects.entries[i])))
        *err = -ENOMEM;
    return m->made[i];
}
