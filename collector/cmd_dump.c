/* `cpprof dump`: profiles of a running process, from its arena. For these the process does nothing
 * and notices nothing, so it may as well be stopped, deadlocked or under seccomp. Only where its
 * threads are, now, it has to tell itself; without an answer that profile is left out. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/arena_file.h"
#include "collector/commands.h"
#include "collector/message.h"
#include "collector/profile_files.h"
#include "collector/threads/threads_agent.h"

enum { THREADS_PATIENCE_MS = 2000 };

static int no_arena(int pid) {
    if (kill(pid, 0) != 0 && errno == ESRCH)
        message("no process %d", pid);
    else
        message("process %d has no arena: it carries no agent, or has recorded nothing yet", pid);
    return EXIT_UNUSABLE;
}

/* The threads of a process that can tell them, to be freed; NULL after a message. What they refer
 * to is in the arena as it is then, so that is copied anew. */
static struct threads_head *ask_for_threads(const struct arena_file *f, struct arena_image *image) {
    struct threads_head *threads;
    struct arena_image later;
    const char *why;
    if (threads_agent_record(f, arena_view_header(&image->view), THREADS_PATIENCE_MS, &threads,
                             &why) != 0) {
        message("without the threads profile: process %d %s", f->pid, why);
        return NULL;
    }
    if (arena_file_load(f, &later, &why) != 0) { /* it has ended: the first copy has to do */
        free(threads);
        return NULL;
    }
    arena_image_release(image);
    *image = later;
    return threads;
}

static int dump_process(const struct arena_list *l, const char *arg,
                        const struct profile_output *out) {
    char *end;
    const char *why;
    long pid = strtol(arg, &end, 10);
    if (*end || end == arg || pid <= 0 || pid > INT32_MAX) {
        message("%s: not a process id", arg);
        return EXIT_UNUSABLE;
    }
    const struct arena_file *f = arena_list_find(l, (int)pid);
    if (!f)
        return no_arena((int)pid);
    struct arena_image image;
    int err = arena_file_load(f, &image, &why);
    if (err == -ENODATA)
        return no_arena((int)pid);
    if (err) {
        message("cannot read the arena of process %ld (%s/%s): %s", pid, f->dir, f->name, why);
        return EXIT_UNUSABLE;
    }
    if (!f->alive)
        message("process %ld is dead; `cpprof recover` also removes its arena", pid);
    struct threads_head *threads = f->alive ? ask_for_threads(f, &image) : NULL;
    err = profile_files_write(&image.view, threads, out);
    free(threads);
    arena_image_release(&image);
    return err ? EXIT_UNUSABLE : EXIT_DONE;
}

static int dump_all(char **pids, int n, const struct profile_output *out) {
    struct arena_list l;
    const char *bad_dir = "";
    int status = EXIT_DONE, err = arena_list_init(&l, NULL, &bad_dir);
    if (err) {
        message("cannot look for arenas %s: %s", bad_dir, strerror(-err));
        status = EXIT_UNUSABLE;
    }
    for (int i = 0; i < n && !err; i++)
        if (dump_process(&l, pids[i], out) != EXIT_DONE)
            status = EXIT_UNUSABLE;
    arena_list_release(&l);
    return status;
}

int cmd_dump(int argc, char **argv) {
    struct profile_request request;
    struct profile_output out;
    int status = EXIT_DONE;
    message_command("dump");
    if (profile_request_parse(&request, argc, argv) != 0)
        return EXIT_UNUSABLE;
    if (optind == argc)
        return usage_error("which process? give its PID");
    int err = profile_output_init(&out, &request);
    if (!err)
        status = dump_all(argv + optind, argc - optind, &out);
    profile_output_release(&out);
    return err ? EXIT_UNUSABLE : status;
}
