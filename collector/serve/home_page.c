/* The page for people: every process that is served, and what its profiles are. No scripts. */
#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "collector/serve/endpoints.h"
#include "collector/serve/escape.h"
#include "collector/serve/target_list.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>cpprof</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.4rem;margin:0}\nh2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
    "code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse}\n"
    "td,th{text-align:left;vertical-align:top;padding:.25rem .8rem .25rem 0}\n"
    "tr+tr td{border-top:1px solid #8884}\n"
    "section{border:1px solid #8886;border-radius:.5rem;padding:.6rem 1rem;margin:1rem 0}\n"
    "section h2{margin:0}\n.n{opacity:.7}\n.off{opacity:.5}\nnav a{margin-right:.9rem}\n"
    "</style>\n</head>\n<body>\n<h1>cpprof</h1>\n";

/* The profiles in the order in which people look for the reason of something. */
static const struct shown {
    const char *name, *query, *label, *about;
} shown[] = {
    {"profile", "?seconds=10", "cpu, 10 s", "where CPU time goes in the next 10 seconds"},
    {"cpu", "", "cpu", "CPU time since the process began, by the stack that ran"},
    {"heap", "", "heap", "memory in use, by the stack that allocated it"},
    {"allocs", "", "allocs", "all memory allocated so far, by the stack that allocated it"},
    {"mutex", "", "mutex", "contended locks: who waited, and who held the lock meanwhile"},
    {"block", "", "block", "time spent waiting for anything, by the stack that waited"},
    {"threads", "", "threads", "every thread: where it is, and what it waits for"},
    {"threads", "?debug=2", "threads as text", "the same to read: a stack for each thread"},
    {"threadcreate", "", "threadcreate", "threads made so far, by the stack that made them"},
    {"", "", "index", "all of a process's endpoints, as net/http/pprof lists them"},
};

struct page {
    FILE *out;
    size_t n;
};

static bool is_off(const struct target_entry *e, const char *name) {
    int kind = kind_find(name, strlen(name));
    return kind >= 0 && kinds[kind].event && kind_period(&kinds[kind], &e->header) == 0;
}

static void write_cmdline(const struct process_info *p, FILE *out) {
    const size_t most = 400;
    char line[most + 8];
    size_t n = p->cmdline_bytes < most ? p->cmdline_bytes : most;
    bool cut = n < p->cmdline_bytes;
    for (size_t i = 0; i < n; i++)
        line[i] = p->cmdline[i] ? p->cmdline[i] : ' ';
    while (n && line[n - 1] == ' ')
        n--;
    line[n] = '\0';
    if (cut)
        strcat(line, " ...");
    fputs("<code>", out);
    html_escape(line, out);
    fputs("</code>", out);
}

static void write_links(const struct target_entry *e, FILE *out) {
    fputs("<nav>", out);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        fprintf(out, "<a href=\"%s%s%s\"%s>%s</a> ", e->prefix, shown[i].name, shown[i].query,
                is_off(e, shown[i].name) ? " class=\"off\" title=\"off in the settings\"" : "",
                shown[i].label);
    fputs("</nav>\n", out);
}

static void write_entry(void *ctx, const struct target_entry *e) {
    struct page *page = ctx;
    FILE *out = page->out;
    char uptime[32], rss[32], arena[32];
    human_duration((uint64_t)e->info.uptime_s, uptime, sizeof uptime);
    human_bytes(e->info.rss_bytes, rss, sizeof rss);
    human_bytes(e->arena_bytes, arena, sizeof arena);
    page->n++;
    fputs("<section>\n<h2>", out);
    html_escape(e->command, out);
    fprintf(out, " <span class=\"n\">%d</span></h2>\n", e->pid);
    write_cmdline(&e->info, out);
    fputs("\n<div class=\"n\">user ", out);
    html_escape(e->info.user, out);
    fprintf(out,
            " &middot; up %s &middot; CPU %.1f s (%.1f%%) &middot; memory %s &middot; %u thread%s "
            "&middot; records %s</div>\n",
            uptime, e->info.cpu_s,
            e->info.uptime_s > 0 ? 100 * e->info.cpu_s / e->info.uptime_s : 0, rss, e->info.threads,
            e->info.threads == 1 ? "" : "s", arena);
    write_links(e, out);
    fputs("</section>\n", out);
}

static void write_help(const struct request *q, FILE *out) {
    char url[320];
    listen_url(&q->server->address, q->server->tls, url, sizeof url);
    fputs("<h2>What they are</h2>\n<table>\n", out);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        fprintf(out, "<tr><td>%s</td><td>%s</td></tr>\n", shown[i].label, shown[i].about);
    fputs("</table>\n<p>Open one with <code>go tool pprof ", out);
    html_escape(url, out);
    fprintf(out,
            "%s</code>; <code>?seconds=30</code> gives what happens in 30 seconds, "
            "<code>?debug=1</code> text. For programs: <a href=\"/targets\">/targets</a>, "
            "<a href=\"/targets/http_sd\">/targets/http_sd</a>.</p>\n",
            q->server->only_pid ? "debug/pprof/heap" : "targets/PID/debug/pprof/heap");
}

void serve_home(const struct request *q, struct reply *r) {
    struct page page = {.out = reply_open(r)};
    if (!page.out)
        return;
    fputs(head, page.out);
    target_list_walk(q->server, write_entry, &page);
    if (page.n == 0)
        fputs("<p>No process is being profiled. Start one with <code>cpprof run -- PROGRAM</code>, "
              "or with LD_PRELOAD=libcpprof.so.</p>\n",
              page.out);
    write_help(q, page.out);
    fputs("</body>\n</html>\n", page.out);
    reply_close(r, page.out, REPLY_HTML);
    r->policy = "default-src 'none'; style-src 'unsafe-inline'";
}
