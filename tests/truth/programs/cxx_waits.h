// The frame of waits_cxx: a helper that holds things and lets them go once the thread sleeps.
#ifndef CPPROF_TESTS_TRUTH_CXX_WAITS_H
#define CPPROF_TESTS_TRUTH_CXX_WAITS_H

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/syscall.h>
#include <thread>
#include <time.h>
#include <unistd.h>

// Not merged with another of the same code.
#if defined __GNUC__ && !defined __clang__
#define SITE extern "C" __attribute__((noinline, noclone, no_icf)) void
#else
#define SITE extern "C" __attribute__((noinline)) void
#endif
#define STAY __asm__ volatile("")

static int64_t count, total_ns, wait_ns;
static int rounds;
static std::atomic<pid_t> waiting;

static int64_t now_ns() {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

// From its making to its end.
struct Measure {
    int64_t start;
    Measure() {
        waiting = (pid_t)syscall(SYS_gettid);
        start = now_ns();
    }
    ~Measure() {
        total_ns += now_ns() - start;
        count++;
        waiting = 0;
    }
};

static void pause_ns(int64_t ns) {
    struct timespec ts = {ns / 1000000000, ns % 1000000000};
    syscall(SYS_nanosleep, &ts, nullptr);
}

static bool sleeps(pid_t tid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    int fd = open(path, O_RDONLY);
    long n = fd < 0 ? 0 : syscall(SYS_read, fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *end = strrchr(text, ')');
    return end && end[2] == 'S';
}

static void begin(int argc, char **argv) {
    if (argc != 3)
        exit(2);
    rounds = atoi(argv[1]);
    wait_ns = atoi(argv[2]) * INT64_C(1000000);
    printf("pid %d\n", (int)getpid());
}

static void each(const char *name, const char *word, bool lock, void (*site)(), void (*prepare)(),
                 void (*release)(), void (*done)()) {
    std::atomic<int> begun{0}, ended{0};
    count = total_ns = 0;
    std::thread helper([&] {
        for (int i = 0; i < rounds; i++) {
            while (ended < i)
                std::this_thread::yield();
            prepare();
            begun = i + 1;
            if (!release)
                continue;
            for (int seen = 0; seen < 2; pause_ns(100000))
                seen = waiting && sleeps(waiting) ? seen + 1 : 0;
            pause_ns(wait_ns);
            release();
        }
    });
    for (int i = 0; i < rounds; i++) {
        while (begun <= i)
            std::this_thread::yield();
        site();
        done();
        ended = i + 1;
    }
    helper.join();
    printf("site %s %s %lld %lld %d\n", name, word, (long long)count, (long long)total_ns, lock);
    fflush(stdout);
}

#endif
