/* Runs a command with its output thrown away and prints what it took: seconds on the clock, seconds
 * of CPU time, and the most memory it had resident, in kB. Exit status 1 if it fails.
 *
 *     usage COMMAND [ARGUMENT...]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t) {
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static void run(char **command) {
    int nothing = open("/dev/null", O_RDWR);

    for (int fd = 0; fd < 3; fd++)
        dup2(nothing, fd);
    execvp(command[0], command);
    _exit(127);
}

int main(int argc, char **argv) {
    struct timespec start, end;
    struct rusage used;
    int status;
    pid_t pid;

    if (argc < 2) {
        fprintf(stderr, "usage: usage COMMAND [ARGUMENT...]\n");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid = fork();
    if (pid == 0)
        run(argv + 1);
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.4f %.4f %ld\n",
           (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
           seconds(used.ru_utime) + seconds(used.ru_stime), used.ru_maxrss);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
