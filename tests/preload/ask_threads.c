/* ask_threads PID ARENA N: asks a process for a record of its threads N times, by the arena's file
 * (arena/threads_record.h), and prints of the last one, a line each:
 *
 *   threads N                 how many
 *   state WORD N              by state
 *   unknown N                 stacks that are not complete, or not there
 *   created N                 threads whose creator is known
 *   longest_ms N              the longest that an answer took
 *
 * Status 1 when there is no answer, or one that is no record. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arena/threads_record.h"

static int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static int request_signal(const char *arena) {
    struct arena_header h;
    int fd = open(arena, O_RDONLY);
    if (fd < 0 || pread(fd, &h, sizeof h, 0) != sizeof h)
        return 0;
    close(fd);
    return (int)h.request_signo;
}

/* The record, or NULL when it has not come yet. */
static struct threads_head *read_record(const char *path) {
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return NULL;
    struct threads_head *h = fstat(fd, &st) == 0 ? malloc((size_t)st.st_size) : NULL;
    if (!h || read(fd, h, (size_t)st.st_size) != st.st_size ||
        threads_record_check(h, (uint64_t)st.st_size)) {
        puts("no record");
        exit(1);
    }
    close(fd);
    unlink(path);
    return h;
}

static struct threads_head *ask(pid_t pid, int signo, const char *path) {
    const union sigval value = {.sival_ptr = (void *)(uintptr_t)ARENA_REQUEST_THREADS};
    int64_t end = now_ns() + INT64_C(10000000000);
    struct threads_head *h;
    if (sigqueue(pid, signo, value) != 0) {
        perror("sigqueue");
        exit(1);
    }
    while (!(h = read_record(path)) && now_ns() < end)
        usleep(500);
    return h;
}

static void print(const struct threads_head *h) {
    const struct threads_entry *e = NULL;
    struct {
        const char *word;
        int n;
    } states[64] = {0};
    int unknown = 0, created = 0;
    while ((e = threads_record_next(h, e))) {
        int i = 0;
        while (states[i].word && strcmp(states[i].word, threads_entry_state(e)) != 0)
            i++;
        states[i].word = threads_entry_state(e);
        states[i].n++;
        unknown += e->depth == 0 || e->pc[e->depth - 1] < ARENA_PC_LIMIT;
        created += e->creator != 0;
    }
    printf("threads %u\n", h->n_threads);
    for (int i = 0; i < 64 && states[i].word; i++)
        printf("state %s %d\n", states[i].word, states[i].n);
    printf("unknown %d\ncreated %d\n", unknown, created);
}

int main(int argc, char **argv) {
    char path[4096];
    int64_t longest = 0;
    struct threads_head *h = NULL;
    if (argc != 4)
        return 2;
    int signo = request_signal(argv[2]);
    snprintf(path, sizeof path, "%s%s", argv[2], THREADS_SUFFIX);
    for (int i = 0; i < atoi(argv[3]); i++) {
        int64_t start = now_ns();
        free(h);
        if (!signo || !(h = ask(atoi(argv[1]), signo, path))) {
            puts("no answer");
            return 1;
        }
        longest = now_ns() - start > longest ? now_ns() - start : longest;
    }
    print(h);
    printf("longest_ms %" PRId64 "\n", longest / 1000000);
    return 0;
}
