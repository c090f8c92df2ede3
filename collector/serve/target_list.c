/* One process after the other, so that a list of thousands takes no memory. */
#include "collector/serve/target_list.h"

#include <string.h>

#include "arena/comments.h"
#include "collector/serve/route.h"

static void visit(const struct server *s, const struct arena_file *f, target_entry_fn *each,
                  void *ctx) {
    struct target_entry e = {.pid = f->pid, .start_ticks = f->start_ticks};
    const char *why;
    if (!f->alive || (s->only_start && s->only_start != f->start_ticks) ||
        arena_file_header(f, &e.header, &e.arena_bytes, &why) != 0)
        return;
    text_clean(e.command, sizeof e.command, e.header.exe,
               strnlen(e.header.exe, sizeof e.header.exe));
    process_info_read(&e.info, f->pid);
    route_prefix(s, f->pid, e.prefix, sizeof e.prefix);
    each(ctx, &e);
    process_info_release(&e.info);
}

void target_list_walk(const struct server *s, target_entry_fn *each, void *ctx) {
    struct arena_list l;
    int err = arena_list_init_pid(&l, NULL, s->only_pid, NULL);
    for (size_t i = 0; i < l.n && !err; i++)
        visit(s, &l.files[i], each, ctx);
    arena_list_release(&l);
}
