/* A thread that cannot be stopped: it waits in the kernel for its vforked child, for two seconds.
 * Prints "ready" before and "done" after. */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void *wait_in_kernel(void *arg) {
    pid_t pid = vfork();
    if (pid == 0) {
        usleep(2000000);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    return NULL;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, wait_in_kernel, NULL);
    usleep(200000);
    puts("ready");
    fflush(stdout);
    pthread_join(thread, NULL);
    puts("done");
    return 0;
}
