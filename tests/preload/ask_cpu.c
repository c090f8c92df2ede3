/* ask_cpu PID ARENA HZ SECONDS [VALUE]: asks a process for CPU sampling, by the arena's file
 * (arena/requests.h), and prints what is granted, a line each:
 *
 *   hz N         the rate in force; 0: nothing was granted within 3 s
 *   seconds N    for how long from now, rounded
 *   ms N         after how long that was
 *
 * VALUE: sends that number, in hexadecimal, instead, and waits for a moment only. HZ 0: asks for
 * nothing, and prints what is in force. Status 1 when the process cannot be asked. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arena/arena.h"
#include "arena/requests.h"

static int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static struct arena_header read_header(const char *arena) {
    struct arena_header h;
    int fd = open(arena, O_RDONLY);
    if (fd < 0 || pread(fd, &h, sizeof h, 0) != sizeof h) {
        perror(arena);
        exit(1);
    }
    close(fd);
    return h;
}

static void print(const struct arena_header *h, int64_t asked_ns) {
    int64_t now = now_ns(), left = h->cpu_window_until_ns - now;
    printf("hz %u\nseconds %" PRId64 "\nms %" PRId64 "\n", h->cpu_window_hz,
           left > 0 ? (left + 500000000) / 1000000000 : 0, (now - asked_ns) / 1000000);
}

int main(int argc, char **argv) {
    if (argc < 5)
        return 2;
    pid_t pid = atoi(argv[1]);
    uint32_t hz = (uint32_t)atoi(argv[3]), seconds = (uint32_t)atoi(argv[4]);
    int64_t asked = now_ns(), end = asked + (argc > 5 ? 100 : 3000) * INT64_C(1000000);
    struct arena_header h = read_header(argv[2]);
    union sigval value = {.sival_ptr =
                              (void *)(uintptr_t)(argc > 5 ? strtoull(argv[5], NULL, 16)
                                                           : ARENA_REQUEST_CPU(hz, seconds))};
    if ((hz || argc > 5) && sigqueue(pid, (int)h.request_signo, value) != 0) {
        perror("sigqueue");
        return 1;
    }
    while ((hz || argc > 5) && now_ns() < end && kill(pid, 0) == 0) {
        h = read_header(argv[2]);
        if (h.cpu_window_hz >= hz && h.cpu_window_until_ns >= asked + seconds * INT64_C(1000000000))
            break;
        usleep(500);
    }
    print(&h, asked);
    return 0;
}
