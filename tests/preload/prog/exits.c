/* exits HOW: the ways out of a process, after work that is sampled. */
#include "prog.h"

static const char *how;

static void leave(void) {
    if (strcmp(how, "exit") == 0)
        exit(3);
    if (strcmp(how, "_exit") == 0)
        _exit(3);
    if (strcmp(how, "_Exit") == 0)
        _Exit(3);
    if (strcmp(how, "quick_exit") == 0)
        quick_exit(3);
    if (strcmp(how, "exit_group") == 0)
        syscall(SYS_exit_group, 3);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "segv") == 0)
        *(volatile int *)8 = 1;
    if (strcmp(how, "kill") == 0)
        kill(getpid(), SIGKILL);
}

static void at_exit_leave(void) {
    how = "exit";
    churn(100);
    exit(3);
}

static void at_exit_leave_now(void) {
    _exit(3);
}

static void *in_thread(void *arg) {
    burn_ms(20);
    churn(1000);
    leave();
    return NULL;
}

static void *until_main_is_gone(void *arg) {
    pthread_join(*(pthread_t *)arg, NULL);
    burn_ms(20);
    return NULL;
}

int main(int argc, char **argv) {
    static pthread_t main_thread;
    pthread_t t;
    how = argv[1];
    burn_ms(20);
    churn(1000);
    if (strcmp(how, "atexit") == 0)
        atexit(at_exit_leave);
    if (strcmp(how, "atexit_now") == 0)
        atexit(at_exit_leave_now);
    if (strcmp(how, "pthread_exit") == 0) {
        main_thread = pthread_self();
        pthread_create(&t, NULL, until_main_is_gone, &main_thread);
        pthread_exit(NULL);
    }
    if (argc > 2) { /* from a thread */
        pthread_create(&t, NULL, in_thread, NULL);
        pthread_join(t, NULL);
    }
    leave();
    return 3;
}
