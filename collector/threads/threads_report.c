/* A report is built by one of the sources, symbolized, and printed; nothing is ever taken out. */
#include "collector/threads/threads_report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena/arena.h"
#include "arena/frame_marks.h"
#include "arena/snapshot_frames.h"
#include "base/grow.h"
#include "collector/message.h"
#include "symbolize/symbolize_text.h"

int report_init(struct threads_report *r, uint32_t pid) {
    char comment[64];
    *r = (struct threads_report){.pid = pid, .profile = profile_new()};
    if (!r->profile)
        return -ENOMEM;
    /* Leads the symbolizer to the process's map of JIT code. */
    snprintf(comment, sizeof comment, "# cpprof: pid %u", pid);
    return profile_add_comment(r->profile, comment);
}

void report_release(struct threads_report *r) {
    location_table_release(&r->locations, &mem_malloc);
    profile_free(r->profile);
    free(r->threads);
    free(r->offsets);
    *r = (struct threads_report){0};
}

/* ---- threads */

struct report_thread *report_add_thread(struct threads_report *r, uint32_t tid, const char *name,
                                        size_t name_bytes) {
    if (!grow_array(&r->threads, r->n, sizeof *r->threads))
        return NULL;
    const char *copy = profile_string_n(r->profile, name, strnlen(name, name_bytes));
    if (!copy)
        return NULL;
    struct report_thread *t = &r->threads[r->n++];
    r->sorted = false;
    *t = (struct report_thread){
        .tid = tid, .name = copy, .state = "unknown", .waited_ns = WAITED_UNKNOWN};
    return t;
}

static int by_tid(const void *a, const void *b) {
    const struct report_thread *x = a, *y = b;
    return x->tid < y->tid ? -1 : x->tid > y->tid;
}

const struct report_thread *report_find_thread(const struct threads_report *r, uint32_t tid) {
    const struct report_thread key = {.tid = tid};
    if (r->n == 0 || r->threads[0].tid == tid)
        return r->n ? r->threads : NULL;
    if (r->sorted)
        return bsearch(&key, r->threads + 1, r->n - 1, sizeof key, by_tid);
    for (size_t i = 1; i < r->n; i++)
        if (r->threads[i].tid == tid)
            return &r->threads[i];
    return NULL;
}

void report_sort(struct threads_report *r) {
    size_t at = 0;
    if (r->n)
        qsort(r->threads, r->n, sizeof *r->threads, by_tid);
    while (at < r->n && r->threads[at].tid != r->pid)
        at++;
    if (at < r->n) {
        struct report_thread main_thread = r->threads[at];
        memmove(r->threads + 1, r->threads, at * sizeof *r->threads);
        r->threads[0] = main_thread;
    }
    r->sorted = true;
}

/* ---- mappings */

struct profile_mapping *report_add_mapping(struct threads_report *r, uint64_t start, uint64_t end,
                                           uint64_t offset, const char *path,
                                           const char *build_id) {
    struct profile_mapping *m = profile_add_mapping(r->profile);
    const char *file = profile_string_n(r->profile, path, mapping_path_bytes(path, strlen(path)));
    const char *id = profile_string(r->profile, build_id);
    if (!m || !file || !id)
        return NULL;
    m->start = start;
    m->limit = end;
    m->offset = offset;
    m->file = file;
    m->build_id = id;
    return m;
}

struct profile_mapping *report_find_mapping(const struct threads_report *r, uint64_t address) {
    for (size_t i = 0; i < r->profile->n_mappings; i++)
        if (address >= r->profile->mappings[i]->start && address < r->profile->mappings[i]->limit)
            return r->profile->mappings[i];
    return NULL;
}

/* ---- frames */

static struct profile_location *find_location(struct threads_report *r, uint64_t address,
                                              struct profile_mapping *mapping, uint32_t object) {
    bool is_new;
    uint32_t id = location_table_id(&r->locations, &mem_malloc, address, object, &is_new);
    if (!id)
        return NULL;
    if (!is_new)
        return r->profile->locations[id - 1];
    struct profile_location *l = profile_add_location(r->profile);
    if (l) {
        l->address = address;
        l->mapping = mapping;
    }
    return l;
}

static int grow_stack(struct profile *p, struct report_stack *stack) {
    uint32_t room = stack->room ? stack->room * 2 : 16;
    struct report_frame *frames = profile_alloc(p, room * sizeof *frames);
    if (!frames)
        return -ENOMEM;
    if (stack->n)
        memcpy(frames, stack->frames, stack->n * sizeof *frames);
    stack->frames = frames;
    stack->room = room;
    return 0;
}

static int push(struct threads_report *r, struct report_stack *stack,
                const struct profile_location *l, bool exact) {
    if (!l || (stack->n == stack->room && grow_stack(r->profile, stack) != 0))
        return -ENOMEM;
    stack->frames[stack->n++] = (struct report_frame){l, exact};
    return 0;
}

int report_push_frame(struct threads_report *r, struct report_stack *stack, uint64_t address,
                      bool exact, struct profile_mapping *mapping) {
    uint32_t object = mapping ? (uint32_t)mapping->id : 0;
    return push(r, stack, find_location(r, address, mapping, object), exact);
}

static int name_location(struct profile *p, struct profile_location *l, const char *name) {
    l->lines = profile_alloc(p, sizeof *l->lines);
    if (!l->lines)
        return -ENOMEM;
    l->lines[0].function = profile_function(p, name, name, "", 0);
    l->n_lines = l->lines[0].function != NULL;
    return l->lines[0].function ? 0 : -ENOMEM;
}

int report_push_pseudo(struct threads_report *r, struct report_stack *stack, uint64_t pc) {
    pc = frame_mark(pc);
    struct profile_location *l = find_location(r, pc, NULL, UINT32_MAX);
    if (l && l->n_lines == 0 && name_location(r->profile, l, frame_mark_name(pc)) != 0)
        return -ENOMEM;
    return push(r, stack, l, true);
}

/* ---- names */

static void say_what_is_missing(const struct profile *p) {
    static const char mark[] = "cpprof: ";
    for (size_t i = 0; i < p->n_comments; i++)
        if (strncmp(p->comments[i], mark, sizeof mark - 1) == 0 &&
            strstr(p->comments[i], "not symbolized") &&
            !strstr(p->comments[i], "addresses in no file"))
            message("%s", p->comments[i] + sizeof mark - 1);
}

int report_symbolize(struct threads_report *r, struct symbolizer *symbolizer) {
    free(r->offsets);
    r->offsets = calloc(r->profile->n_locations + 1, sizeof *r->offsets);
    if (!r->offsets)
        return -ENOMEM;
    const struct symbolize_options options = {.function_offsets = r->offsets};
    int err = symbolize_profile(symbolizer, r->profile, &options);
    if (!err)
        say_what_is_missing(r->profile);
    return err;
}

uint64_t report_frame_offset(const struct threads_report *r, const struct report_frame *f) {
    const struct profile_location *l = f->location;
    if (l->address < ARENA_PC_LIMIT)
        return 0;
    if (l->n_lines == 0) /* nobody knows its function: where it is in its file */
        return l->mapping ? l->address - l->mapping->start + l->mapping->offset + !f->exact : 0;
    uint64_t offset = r->offsets ? r->offsets[l->id - 1] : 0;
    return offset || f->exact ? offset + !f->exact : 0;
}
