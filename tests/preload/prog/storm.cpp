// storm SECONDS: four threads that load and unload a library, throw exceptions, fork, and
// allocate, all in loops: every lock of the loader, the unwinder and the allocator is taken all the
// time while ticks and dump signals arrive.
#include "prog.h"

#include <atomic>
#include <dlfcn.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static std::atomic<bool> stop;
static std::string library;

__attribute__((noinline)) static int thrower(int depth) {
    std::string on_the_way(100, 'x');
    if (depth == 0)
        throw std::runtime_error(on_the_way);
    return thrower(depth - 1) + (int)on_the_way.size();
}

static void throw_and_catch() {
    try {
        thrower(10);
        abort();
    } catch (const std::runtime_error &e) {
        if (e.what()[0] != 'x')
            abort();
    }
}

static void load_and_unload() {
    void *l = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    CHECK(l);
    auto run = reinterpret_cast<int (*)(int)>(dlsym(l, "plugin_run"));
    CHECK(run && run(2) == 4);
    CHECK(dlclose(l) == 0);
}

static void fork_once() {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        churn(20);
        throw_and_catch();
        _exit(9);
    }
    CHECK(status_of(pid) == 9);
}

static void allocate() {
    std::vector<std::string> v;
    for (int i = 0; i < 100; i++)
        v.emplace_back(i * 13, 'y');
    burn_ms(1);
    std::thread([] { churn(10); }).join();
}

static void loop(void (*step)()) {
    while (!stop)
        step();
}

int main(int argc, char **argv) {
    library = argv[2];
    int seconds = atoi(argv[1]);
    std::vector<std::thread> threads;
    for (auto step : {load_and_unload, throw_and_catch, fork_once, allocate})
        threads.emplace_back(loop, step);
    if (getenv("CPROF_DIR")) // without the agent the signal would be the end
        status_of(send_from_outside(SIGUSR2, seconds, 1000));
    else
        sleep_ms(seconds * 1000);
    stop = true;
    for (auto &t : threads)
        t.join();
    printf("done\n");
    return 0;
}
