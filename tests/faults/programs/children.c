/* children N ALIVE: N children, so many alive at a time; each allocates, waits for the word of its
 * parent, makes a child of its own where its number ends in 7, and ends with a status that is
 * known. Says how many ended so. */
#include "tests/preload/prog/prog.h"

static int child_main(int i, int from) {
    char c;
    churn(10);
    if (i % 10 == 7) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(i % 100);
        if (pid < 0 || status_of(pid) != i % 100)
            return 101;
    }
    if (read(from, &c, 1) != 0) /* its end is the word */
        return 102;
    return i % 100;
}

int main(int argc, char **argv) {
    int n = atoi(argv[1]), alive = atoi(argv[2]), right = 0;
    pid_t *pid = calloc((size_t)alive, sizeof *pid);
    for (int i = 0; i < n;) {
        int ends[2], k = 0, first = i;
        CHECK(pipe(ends) == 0);
        for (; k < alive && i < n; k++, i++) {
            pid[k] = fork();
            CHECK(pid[k] >= 0);
            if (pid[k] == 0) {
                close(ends[1]);
                _exit(child_main(i, ends[0]));
            }
        }
        close(ends[0]);
        close(ends[1]);
        for (int c = 0; c < k; c++)
            right += status_of(pid[c]) == (first + c) % 100;
    }
    free(pid);
    printf("%d of %d\n", right, n);
    return 0;
}
