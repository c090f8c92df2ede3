/* What a process shows of itself: the index of its profiles, in the form that net/http/pprof gives
 * it and scrapers parse, and its command line. */
#include <stdlib.h>
#include <string.h>

#include "collector/serve/endpoints.h"
#include "collector/serve/escape.h"
#include "collector/serve/process_info.h"
#include "collector/threads/proc_thread.h"

/* How many records each event has. */
struct counts {
    uint64_t of_event[ARENA_EVENT_CREATE + 1];
    uint64_t threads;
};

static void count_bucket(const struct arena_view *v, arena_ref ref, struct counts *c) {
    const struct arena_bucket *b = arena_at(v, ref, sizeof *b);
    if (!b || b->event > ARENA_EVENT_CREATE)
        return;
    for (int i = 0; i < ARENA_VALUES; i++)
        if (b->v[i]) {
            c->of_event[b->event]++;
            return;
        }
}

static void count(const struct arena_view *v, struct counts *c) {
    uint64_t slot = 0;
    for (arena_ref ref;
         (ref = arena_index_next(v, &arena_view_header(v)->bucket_index, &slot)) != 0;)
        count_bucket(v, ref, c);
}

static uint64_t count_of(const struct counts *c, const struct endpoint *e) {
    if (!e->is_profile)
        return 0;
    return kinds[e->kind].event ? c->of_event[kinds[e->kind].event] : c->threads;
}

static void write_index(const struct counts *c, FILE *out) {
    fputs("<html>\n<head>\n<title>/debug/pprof/</title>\n<style>\n.profile-name{\n"
          "\tdisplay:inline-block;\n\twidth:7rem;\n}\n</style>\n</head>\n<body>\n/debug/pprof/\n"
          "<br>\n<p>Set debug=1 as a query parameter to export in legacy text format</p>\n<br>\n"
          "Types of profiles available:\n<table>\n"
          "<thead><td>Count</td><td>Profile</td></thead>\n",
          out);
    for (size_t i = 0; i < n_endpoints; i++)
        fprintf(out, "<tr><td>%llu</td><td><a href='%s%s'>%s</a></td></tr>\n",
                (unsigned long long)count_of(c, &endpoints[i]), endpoints[i].name,
                endpoints[i].link, endpoints[i].name);
    fputs("</table>\n<a href=\"goroutine?debug=2\">full goroutine stack dump</a>\n<br>\n<p>\n"
          "Profile Descriptions:\n<ul>\n",
          out);
    for (size_t i = 0; i < n_endpoints; i++) {
        fprintf(out, "<li><div class=profile-name>%s: </div> ", endpoints[i].name);
        html_escape(endpoints[i].about, out);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n</p>\n</body>\n</html>", out);
}

void serve_index(const struct request *q, const struct target *t, struct reply *r) {
    struct counts c = {0};
    struct arena_image image;
    char threads[32];
    const char *why;
    server_work_begins(q->server);
    if (target_load(t, &image, &why) == 0) {
        count(&image.view, &c);
        arena_image_release(&image);
    }
    server_work_ends(q->server);
    if (proc_status_line(t->file->pid, "Threads", threads, sizeof threads))
        c.threads = strtoul(threads, NULL, 10);
    FILE *out = reply_open(r);
    if (!out)
        return;
    write_index(&c, out);
    reply_close(r, out, REPLY_HTML);
}

void serve_cmdline(const struct request *q, const struct endpoint *e, const struct target *t,
                   struct reply *r) {
    size_t n;
    char *cmdline = process_cmdline(t->file->pid, &n);
    if (n && cmdline[n - 1] == '\0')
        n--;
    if (cmdline)
        reply_take(r, REPLY_TEXT, cmdline, n);
    else
        reply_error(r, 404, "process %d has ended", t->file->pid);
}
