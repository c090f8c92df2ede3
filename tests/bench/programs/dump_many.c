/* dump_many STACKS [FILE]: allocates from so many different stacks, and prints how many bytes of it
 * are resident. Given FILE, the last of a dump, it asks itself for that, and prints instead dump_ns
 * N       from the signal to FILE held_ns N       the longest that the busy thread was held up
 * meanwhile memory_bytes N  by how much the process grew meanwhile */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BITS = 20 };

#define LIMIT_NS INT64_C(60000000000)

static int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Two call sites of one function: the bits of `path` say which way the stack goes. */
__attribute__((noinline)) static void one(unsigned long path, int bits) {
    if (bits == 0) {
        void *p = malloc(64);
        __asm__ volatile("" : "+r"(p));
        free(p);
        return;
    }
    if (path & 1) {
        one(path >> 1, bits - 1);
        __asm__ volatile("nop"); /* or the compiler makes the two calls one */
    } else {
        one(path >> 1, bits - 1);
        __asm__ volatile("");
    }
}

/* A line of /proc/self/status, in bytes. */
static long status_bytes(const char *key) {
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = atol(line + strlen(key));
    if (f)
        fclose(f);
    return kib * 1024;
}

/* The peak becomes what is resident now. */
static void reset_peak(void) {
    FILE *f = fopen("/proc/self/clear_refs", "w");
    if (f) {
        fputs("5", f);
        fclose(f);
    }
}

/* Sends the signal from another process: one from itself would be the program's own business. */
static void ask(void) {
    pid_t parent = getpid();
    if (fork() == 0) {
        kill(parent, SIGUSR2);
        _exit(0);
    }
}

int main(int argc, char **argv) {
    if (argc < 2)
        return 2;
    unsigned long stacks = strtoul(argv[1], NULL, 10);
    for (unsigned long i = 0; i < stacks; i++)
        one(i, BITS);
    long before = status_bytes("VmRSS:");
    if (argc == 2) {
        printf("%ld\n", before);
        return 0;
    }
    reset_peak();
    int64_t start = now_ns(), last = start, now, held = 0;
    ask();
    /* Busy, so that what holds this thread up is seen as a gap. */
    for (last = now_ns(); access(argv[2], F_OK) != 0; last = now) {
        now = now_ns();
        held = now - last > held ? now - last : held;
        if (now - start > LIMIT_NS)
            return 1;
    }
    printf("dump_ns %lld\nheld_ns %lld\nmemory_bytes %ld\n", (long long)(now_ns() - start),
           (long long)held, status_bytes("VmHWM:") - before);
    return 0;
}
