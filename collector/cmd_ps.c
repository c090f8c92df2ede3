/* `cpprof ps`: the processes that are being profiled, from the headers of their arenas. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arena/comments.h"
#include "base/human.h"
#include "collector/arena_file.h"
#include "collector/commands.h"
#include "collector/message.h"

struct tally {
    size_t shown, dead, failed;
    size_t other; /* of another version, after an upgrade: nothing is wrong with them */
};

/* How long a process has run. */
static void format_uptime(uint64_t start_ticks, char *s, size_t room) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    uint64_t start_s = start_ticks / (uint64_t)sysconf(_SC_CLK_TCK), now_s = (uint64_t)now.tv_sec;
    human_duration(now_s > start_s ? now_s - start_s : 0, s, room);
}

static void show(const struct arena_file *f, struct tally *t) {
    struct arena_header h;
    uint64_t used = 0;
    const char *why;
    int err = arena_file_header(f, &h, &used, &why);
    if (err == -ENODATA || err == -ENOENT) /* not there yet, or no more */
        return;
    if (err == -EPROTO) {
        t->other++;
        return;
    }
    if (err) {
        message("cannot read %s/%s: %s", f->dir, f->name, why);
        t->failed++;
        return;
    }
    char uptime[32] = "dead", bytes[32], command[sizeof h.exe + 1];
    if (f->alive)
        format_uptime(f->start_ticks, uptime, sizeof uptime);
    human_bytes(used, bytes, sizeof bytes);
    text_clean(command, sizeof command, h.exe, strnlen(h.exe, sizeof h.exe));
    if (t->shown++ == 0)
        printf("%8s %-20s %8s %12s %12s %7s\n", "PID", "COMMAND", "UPTIME", "CPU-SAMPLES",
               "HEAP-SAMPLES", "ARENA");
    printf("%8d %-20s %8s %12" PRIu64 " %12" PRIu64 " %7s\n", f->pid, command, uptime,
           h.counters[ARENA_CPU_SAMPLES], h.counters[ARENA_HEAP_SAMPLES], bytes);
    t->dead += !f->alive;
}

int cmd_ps(int argc, char **argv) {
    static const struct option options[] = {{0}};
    struct arena_list l;
    struct tally t = {0};
    const char *bad_dir = "";
    message_command("ps");
    opterr = 0;
    if (getopt_long(argc, argv, "", options, NULL) != -1)
        return usage_error("bad option %s", argv[optind - 1]);
    if (optind != argc)
        return usage_error("takes no argument, but got %s", argv[optind]);
    int err = arena_list_init(&l, NULL, &bad_dir);
    if (err)
        message("cannot look for arenas %s: %s", bad_dir, strerror(-err));
    for (size_t i = 0; i < l.n && !err; i++)
        show(&l.files[i], &t);
    arena_list_release(&l);
    fflush(stdout);
    if (err)
        return EXIT_UNUSABLE;
    if (t.shown + t.failed + t.other == 0)
        message("no process is being profiled");
    if (t.other)
        message("%zu arena%s of another version of cpprof, not shown", t.other,
                t.other > 1 ? "s" : "");
    if (t.dead)
        message("%zu dead: `cpprof recover` writes the profiles and removes the arena%s", t.dead,
                t.dead > 1 ? "s" : "");
    return t.failed ? EXIT_PARTLY : EXIT_DONE;
}
