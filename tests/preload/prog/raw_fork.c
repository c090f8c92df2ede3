/* raw_fork HOW: children that libc's fork handlers know nothing of, made by _Fork or by raw system
 * calls; from main, and from a thread, where the child ends as a thread does. */
#include "prog.h"

#include <sched.h>

static const char *how;

static pid_t make_child(void) {
    if (strcmp(how, "_Fork") == 0)
        return _Fork();
    if (strcmp(how, "clone") == 0)
        return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    return (pid_t)syscall(SYS_fork);
}

/* In the child, after the thread that was forked has ended. */
static void *end_process(void *arg) {
    sleep_ms(50);
    churn(200);
    _exit(8);
}

static void *in_thread(void *arg) {
    burn_ms(50);
    pid_t pid = make_child();
    CHECK(pid >= 0);
    if (pid == 0) {
        pthread_t t;
        CHECK(pthread_create(&t, NULL, end_process, NULL) == 0);
        if (arg)
            churn(200);
        return NULL;
    }
    printf("child of a thread: %d\n", status_of(pid));
    return NULL;
}

int main(int argc, char **argv) {
    how = argv[1];
    churn(2000);
    burn_ms(50);
    for (int i = 0; i < 10; i++) {
        pid_t pid = make_child();
        CHECK(pid >= 0);
        if (pid == 0) {
            pid_t grandchild;
            churn(200);
            burn_ms(5);
            if ((grandchild = make_child()) == 0) {
                churn(200);
                _exit(5);
            }
            _exit(status_of(grandchild) + i);
        }
        CHECK(status_of(pid) == 5 + i);
        burn_ms(2);
    }
    for (int i = 0; i < 2; i++) {
        pthread_t t;
        CHECK(pthread_create(&t, NULL, in_thread, i ? &how : NULL) == 0);
        pthread_join(t, NULL);
    }
    printf("done\n");
    return 0;
}
