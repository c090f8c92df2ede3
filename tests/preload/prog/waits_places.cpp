// waits_places LIBRARY: waits where a program is not at its usual: before main, in constructors and
// destructors of a library that comes and goes, of threads, at exit, in children of fork and vfork.
#include "prog.h"

#include <dlfcn.h>
#include <poll.h>
#include <semaphore.h>

static int waits() {
    static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
    struct timespec ts, ms = {0, 500000};
    sem_t s;
    char byte = 0;
    int ends[2], n = 0;
    clock_gettime(CLOCK_REALTIME, &ts);
    sem_init(&s, 0, 0);
    n += sem_timedwait(&s, &ts) == -1 && errno == ETIMEDOUT;
    n += pthread_mutex_lock(&m) == 0;
    n += pthread_cond_timedwait(&c, &m, &ts) == ETIMEDOUT;
    n += pthread_mutex_unlock(&m) == 0;
    n += nanosleep(&ms, NULL) == 0;
    n += poll(NULL, 0, 1) == 0;
    n += pipe(ends) == 0 && write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return n;
}

static void say(const char *what, int n) {
    printf("%s: %d\n", what, n);
    fflush(stdout);
}

__attribute__((constructor(101))) static void early() {
    say("constructor", waits());
}
__attribute__((destructor)) static void late() {
    say("destructor", waits());
}

struct Global {
    Global() {
        say("global constructor", waits());
    }
    ~Global() {
        say("global destructor", waits());
    }
} global;

static void preinit() {
    if (waits() != 7)
        _exit(9);
}
__attribute__((section(".preinit_array"), used)) static void (*const before_all)() = preinit;

static int thread_local_ran;
struct Local {
    int n = 0;
    ~Local() {
        thread_local_ran += waits();
    }
};
static thread_local Local local;

static pthread_key_t key;
static void key_ends(void *p) {
    thread_local_ran += waits();
    if (p == (void *)1) // once more
        pthread_setspecific(key, (void *)2);
}

static void *thread(void *) {
    local.n++;
    pthread_setspecific(key, (void *)1);
    return (void *)(intptr_t)waits();
}

int main(int argc, char **argv) {
    void *result;
    pthread_t t;
    say("main", waits());
    atexit([] { say("atexit", waits()); });
    pthread_key_create(&key, key_ends);
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
        CHECK(pthread_join(t, &result) == 0);
        say("thread", (int)(intptr_t)result);
        say("its destructors", thread_local_ran);
    }
    for (int i = 0; i < 3; i++) {
        void *l = dlopen(argv[1], RTLD_NOW | (i ? RTLD_LOCAL : RTLD_GLOBAL));
        CHECK(l);
        auto fn = (int (*)())dlsym(l, "plugin_waits");
        say("plugin", fn());
        CHECK(dlclose(l) == 0);
    }
#ifdef RTLD_DEEPBIND
    void *deep = dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND);
    CHECK(deep);
    say("deeply bound plugin", ((int (*)())dlsym(deep, "plugin_waits"))());
    CHECK(dlclose(deep) == 0);
#endif
    for (int i = 0; i < 5; i++) {
        pid_t child = vfork();
        if (child == 0) {
            struct pollfd p = {-1, POLLIN, 0};
            struct timespec ms = {0, 500000};
            int ok = poll(&p, 1, 1) == 0 && nanosleep(&ms, NULL) == 0 && usleep(100) == 0;
            _exit(ok ? 11 : 12);
        }
        say("vfork", status_of(child));
        child = fork();
        if (child == 0)
            _exit(waits() + 20);
        say("fork", status_of(child));
        child = fork();
        if (child == 0) { // with a thread, and a child of its own
            pthread_create(&t, NULL, thread, NULL);
            pthread_join(t, &result);
            pid_t grandchild = fork();
            if (grandchild == 0)
                _exit(waits());
            _exit(status_of(grandchild) + (int)(intptr_t)result);
        }
        say("fork with more", status_of(child));
    }
    say("end of main", waits());
    return 5;
}
