/* An index over the list of mapped objects.
 *
 * Objects are rectangles: addresses by epochs. They do not overlap in a sound arena, but one
 * address may have belonged to many objects in turn, as where a plug-in is loaded again and again.
 * Entries are sorted by start, then by first epoch; a look-up goes to the last entry that starts at
 * or below the address, picks the right epoch among those that start there, and steps down to lower
 * starts only while `reach` says that something below may still cover the address. A damaged list
 * costs at most STEPS_MAX steps.
 *
 * A library that was closed and opened again at the same place is one mapping of the profile, not
 * many: entries with equal content share their `mapping`. */
#include "arena/object_map.h"

#include <errno.h>
#include <string.h>

enum {
    STEPS_MAX = 128, /* starts looked at for one address */
    TWINS_MAX = 8,   /* earlier objects at the same start that one is compared with */
    ROOM_MIN = 256,
};

static bool entry_before(const struct object_entry *a, const struct object_entry *b) {
    if (a->start != b->start)
        return a->start < b->start;
    return a->epoch_first < b->epoch_first;
}

static void sift_down(struct object_entry *e, uint32_t root, uint32_t n) {
    struct object_entry top = e[root];
    for (uint32_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && entry_before(&e[child], &e[child + 1]))
            child++;
        if (!entry_before(&top, &e[child]))
            break;
        e[root] = e[child];
    }
    e[root] = top;
}

/* A heap sort, because libc's qsort may call malloc. */
static void sort_entries(struct object_entry *e, uint32_t n) {
    for (uint32_t i = n / 2; i-- > 0;)
        sift_down(e, i, n);
    for (uint32_t end = n; end-- > 1;) {
        struct object_entry greatest = e[0];
        e[0] = e[end];
        e[end] = greatest;
        sift_down(e, 0, end);
    }
}

static bool entry_push(struct object_map *m, const struct mem *mem, arena_ref ref,
                       const struct arena_object *o) {
    if (m->n * sizeof *m->entries >= m->room_bytes) {
        uint64_t bytes = m->room_bytes ? m->room_bytes * 2 : ROOM_MIN * sizeof *m->entries;
        struct object_entry *e = mem->resize(mem->ctx, m->entries, m->room_bytes, bytes);
        if (!e)
            return false;
        m->entries = e;
        m->room_bytes = bytes;
    }
    m->entries[m->n++] = (struct object_entry){
        .start = o->start,
        .end = o->end,
        .epoch_first = o->epoch_first,
        .epoch_last = __atomic_load_n(&o->epoch_last, __ATOMIC_RELAXED),
        .ref = ref,
    };
    return true;
}

static bool same_string(const struct arena_view *v, arena_ref a, arena_ref b) {
    uint32_t a_len = 0, b_len = 0;
    const char *a_text, *b_text;
    if (a == b)
        return true;
    a_text = arena_string_at(v, a, &a_len);
    b_text = arena_string_at(v, b, &b_len);
    return a_text && b_text && a_len == b_len && memcmp(a_text, b_text, a_len) == 0;
}

static bool same_code(const struct arena_view *v, arena_ref a_ref, arena_ref b_ref) {
    const struct arena_object *a = arena_at(v, a_ref, sizeof *a),
                              *b = arena_at(v, b_ref, sizeof *b);
    return a->end == b->end && a->file_offset == b->file_offset && a->inode == b->inode &&
           a->build_id_len == b->build_id_len &&
           memcmp(a->build_id, b->build_id, sizeof a->build_id) == 0 &&
           same_string(v, a->path, b->path);
}

/* Fills `mapping` and `reach` of the sorted entries. */
static void link_entries(struct object_map *m, const struct arena_view *v) {
    struct object_entry *e = m->entries;
    uint64_t reach = 0;
    for (uint32_t first = 0, end; first < m->n; first = end) {
        for (end = first; end < m->n && e[end].start == e[first].start; end++)
            if (e[end].end > reach)
                reach = e[end].end;
        for (uint32_t i = first; i < end; i++) {
            e[i].reach = reach;
            e[i].mapping = i;
            for (uint32_t k = i; k > first && i - k < TWINS_MAX; k--)
                if (same_code(v, e[k - 1].ref, e[i].ref)) {
                    e[i].mapping = e[k - 1].mapping;
                    break;
                }
        }
    }
}

int object_map_init(struct object_map *m, const struct arena_view *v, const struct mem *mem) {
    memset(m, 0, sizeof *m);
    m->main = OBJECT_NONE;
    arena_ref oldest = 0, ref = __atomic_load_n(&arena_view_header(v)->objects, __ATOMIC_ACQUIRE);
    while (ref) {
        const struct arena_object *o = arena_at(v, ref, sizeof *o);
        if (!o || m->n == OBJECTS_MAX) {
            m->cut = true;
            break;
        }
        if (o->start < o->end && !entry_push(m, mem, ref, o))
            return -ENOMEM;
        oldest = ref;
        ref = o->next;
    }
    sort_entries(m->entries, m->n);
    link_entries(m, v);
    for (uint32_t i = 0; i < m->n; i++)
        if (m->entries[i].ref == oldest)
            m->main = m->entries[i].mapping;
    return 0;
}

void object_map_release(struct object_map *m, const struct mem *mem) {
    if (m->entries)
        mem->resize(mem->ctx, m->entries, m->room_bytes, 0);
    m->entries = NULL;
}

/* The number of entries that come before (start, epoch), itself included. */
static uint32_t count_up_to(const struct object_map *m, uint64_t start, uint32_t epoch) {
    uint32_t low = 0, high = m->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        const struct object_entry *e = &m->entries[mid];
        if (e->start < start || (e->start == start && e->epoch_first <= epoch))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

uint32_t object_map_find(const struct object_map *m, uint64_t pc, uint32_t epoch) {
    uint32_t above = count_up_to(m, pc, UINT32_MAX); /* all entries below start at or before pc */
    for (int steps = 0; above > 0 && steps < STEPS_MAX; steps++) {
        const struct object_entry *last = &m->entries[above - 1];
        if (last->reach <= pc)
            break;
        uint32_t i = count_up_to(m, last->start, epoch);
        if (i > 0) {
            const struct object_entry *e = &m->entries[i - 1];
            if (e->start == last->start && pc < e->end && epoch <= e->epoch_last)
                return e->mapping;
        }
        /* Down to the next lower start. */
        above = last->start ? count_up_to(m, last->start - 1, UINT32_MAX) : 0;
    }
    return OBJECT_NONE;
}
