/* `cpprof recover`: the profiles of processes that died without writing them (SIGKILL, SIGSEGV, the
 * OOM killer). Their arenas are complete to the last sample, and are removed once the profiles are
 * there. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "collector/arena_file.h"
#include "collector/commands.h"
#include "collector/message.h"
#include "collector/profile_files.h"
#include "collector/recover.h"

struct tally {
    size_t recovered, empty, failed;
};

static void recover(const struct arena_file *f, const struct profile_output *out, struct tally *t) {
    switch (recover_arena(f, out)) {
    case RECOVERED:
        t->recovered++;
        break;
    case RECOVERED_EMPTY:
        t->empty++;
        break;
    case RECOVER_FAILED:
        t->failed++;
        break;
    case RECOVERED_GONE:
        break;
    }
}

static int recover_all(const struct profile_output *out) {
    struct arena_list l;
    struct tally t = {0};
    const char *bad_dir = "";
    int err = arena_list_init(&l, NULL, &bad_dir);
    if (err)
        message("cannot look for arenas %s: %s", bad_dir, strerror(-err));
    for (size_t i = 0; i < l.n && !err; i++)
        if (!l.files[i].alive)
            recover(&l.files[i], out, &t);
    arena_list_release(&l);
    profile_files_sweep(out->dir);
    if (err)
        return EXIT_UNUSABLE;
    if (t.recovered + t.failed == 0)
        message("nothing to recover%s", t.empty ? ": those that died had recorded nothing" : "");
    return t.failed ? EXIT_PARTLY : EXIT_DONE;
}

int cmd_recover(int argc, char **argv) {
    struct profile_request request;
    struct profile_output out;
    int status = EXIT_DONE;
    message_command("recover");
    if (profile_request_parse(&request, argc, argv) != 0)
        return EXIT_UNUSABLE;
    if (optind != argc)
        return usage_error("takes no argument, but got %s", argv[optind]);
    int err = profile_output_init(&out, &request);
    if (!err)
        status = recover_all(&out);
    profile_output_release(&out);
    return err ? EXIT_UNUSABLE : status;
}
