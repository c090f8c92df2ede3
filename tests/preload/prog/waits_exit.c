/* waits_exit FILE HOW: a thread in each call that can wait, four times over, while the process
 * ends: by return, exit, _exit, quick_exit, pthread_exit of main and exit of another, exec,
 * SIGTERM. */
#include "waits_points.h"

struct run {
    struct place place;
    const struct point *point;
    struct blocker blocker;
};

static void *run(void *p) {
    struct run *r = p;
    pthread_sigmask(SIG_BLOCK, &r->place.usr1, NULL);
    if (is_cond(r->point))
        pthread_mutex_lock(&r->place.own);
    blocks_now(&r->blocker);
    r->point->fn(&r->place);
    return NULL;
}

static void *ends(void *unused) {
    exit(7);
}

int main(int argc, char **argv) {
    static struct run all[2 * POINTS];
    const char *how = argv[2];
    pthread_t t;
    place_path = argv[1];
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 2 * POINTS; i++) {
        struct run *r = &all[i];
        r->point = &points[i % POINTS];
        if (r->point->fn == p_wait || r->point->fn == p_wait3)
            continue; /* they would reap the others' */
        place_init(&r->place, r->point, false);
        CHECK(pthread_create(&t, NULL, run, r) == 0);
    }
    for (int i = 0; i < 2 * POINTS; i++)
        while (all[i].point->fn != p_wait && all[i].point->fn != p_wait3 && !all[i].blocker.tid)
            sleep_ms(1);
    SAY("all wait");
    for (int i = 0; i < 2 * POINTS; i++)
        if (all[i].place.child > 0)
            kill(all[i].place.child, SIGKILL);
    unlink(place_path);
    if (!strcmp(how, "exit"))
        exit(7);
    if (!strcmp(how, "_exit"))
        _exit(7);
    if (!strcmp(how, "quick_exit"))
        quick_exit(7);
    if (!strcmp(how, "term"))
        raise(SIGTERM);
    if (!strcmp(how, "exec"))
        execl("/bin/sh", "sh", "-c", "exit 7", NULL);
    if (!strcmp(how, "thread")) {
        CHECK(pthread_create(&t, NULL, ends, NULL) == 0);
        pthread_exit(NULL);
    }
    return 7;
}
