// waits_cxx: what C++ makes of waits: destructors that run when a thread is cancelled in one, an
// exception through std::call_once, the standard library's locks, conditions and threads.
#include "prog.h"

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <poll.h>
#include <semaphore.h>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

static int pipe_ends[2];
static sem_t never;
static std::atomic<int> destroyed;
static std::atomic<bool> inside;

struct Witness {
    ~Witness() {
        destroyed++;
    }
};

static void in_read() {
    char c;
    if (read(pipe_ends[0], &c, 1) == 1)
        abort();
}
static void in_poll() {
    struct pollfd p = {pipe_ends[0], POLLIN, 0};
    poll(&p, 1, -1);
}
static void in_sem() {
    sem_wait(&never);
}
static void in_sleep() {
    std::this_thread::sleep_for(1h);
}
static void in_condition() {
    std::mutex m;
    std::condition_variable c;
    std::unique_lock<std::mutex> l(m);
    pthread_cond_t *raw = c.native_handle();
    pthread_cond_wait(raw, m.native_handle());
}

__attribute__((noinline)) static void deep(void (*fn)(), int depth) {
    Witness w;
    if (depth)
        deep(fn, depth - 1);
    else {
        inside = true;
        fn();
    }
}

static void *cancelled(void *fn) {
    try {
        deep((void (*)())fn, 5);
    } catch (...) { // abi::__forced_unwind comes by
        destroyed += 100;
        throw;
    }
    return nullptr;
}

static void cancels() {
    void (*all[])() = {in_read, in_poll, in_sem, in_sleep, in_condition};
    for (auto fn : all) {
        pthread_t t;
        void *result;
        destroyed = 0;
        inside = false;
        CHECK(pthread_create(&t, nullptr, cancelled, (void *)fn) == 0);
        while (!inside)
            sleep_ms(1);
        sleep_ms(5);
        CHECK(pthread_cancel(t) == 0);
        CHECK(pthread_join(t, &result) == 0);
        printf("cancelled %d, destroyed %d\n", result == PTHREAD_CANCELED, (int)destroyed);
    }
}

static void once() {
    std::once_flag flag;
    int tried = 0;
    std::atomic<int> caught{0};
    std::vector<std::thread> ts;
    for (int i = 0; i < 4; i++)
        ts.emplace_back([&] {
            try {
                std::call_once(flag, [&] {
                    sleep_ms(5);
                    if (++tried < 3)
                        throw std::runtime_error("not yet");
                });
            } catch (const std::runtime_error &) {
                caught++;
            }
        });
    for (auto &t : ts)
        t.join();
    printf("tried %d, caught %d\n", tried, (int)caught);
}

template <class Lock> static void timed(Lock &m) {
    std::atomic<bool> has{false}, let_go{false};
    std::thread holder([&] {
        m.lock();
        has = true;
        while (!let_go)
            sleep_ms(1);
        m.unlock();
    });
    while (!has)
        sleep_ms(1);
    auto start = std::chrono::steady_clock::now();
    printf("try_lock %d, ", m.try_lock());
    printf("try_lock_for %d, ", m.try_lock_for(20ms));
    printf("try_lock_until %d, ", m.try_lock_until(std::chrono::system_clock::now() + 20ms));
    printf("late enough %d, ", std::chrono::steady_clock::now() - start >= 39ms);
    std::thread opener([&] {
        sleep_ms(10);
        let_go = true;
    });
    printf("then %d\n", m.try_lock_for(20s));
    m.unlock();
    opener.join();
    holder.join();
}

static void locks() {
    std::timed_mutex timed_mutex;
    std::recursive_timed_mutex recursive;
    std::shared_timed_mutex shared;
    timed(timed_mutex);
    timed(recursive);
    timed(shared);
    std::shared_mutex sm;
    std::mutex m;
    int n = 0, seen = 0;
    std::vector<std::thread> ts;
    for (int i = 0; i < 4; i++)
        ts.emplace_back([&, i] {
            for (int j = 0; j < 2000; j++) {
                if (j % 4 == i) {
                    std::unique_lock<std::shared_mutex> l(sm);
                    n++;
                } else {
                    std::shared_lock<std::shared_mutex> l(sm);
                    std::lock_guard<std::mutex> g(m);
                    seen += n >= 0;
                }
            }
        });
    for (auto &t : ts)
        t.join();
    printf("written %d, read %d\n", n, seen);
}

static void conditions() {
    std::mutex m;
    std::condition_variable c;
    std::condition_variable_any any;
    bool go = false;
    std::unique_lock<std::mutex> l(m);
    auto start = std::chrono::steady_clock::now();
    printf("wait_for %d, ", (int)(c.wait_for(l, 20ms) == std::cv_status::timeout));
    printf("any %d, ", (int)(any.wait_for(l, 20ms) == std::cv_status::timeout));
    printf("until %d, ", (int)(c.wait_until(l, std::chrono::system_clock::now() + 20ms) ==
                               std::cv_status::timeout));
    printf("late enough %d, ", std::chrono::steady_clock::now() - start >= 59ms);
    std::thread t([&] {
        sleep_ms(10);
        std::lock_guard<std::mutex> g(m);
        go = true;
        c.notify_all();
    });
    printf("told %d\n", c.wait_for(l, 20s, [&] { return go; }));
    l.unlock();
    t.join();
    std::promise<int> p;
    auto f = p.get_future();
    std::thread giver([&] {
        sleep_ms(10);
        p.set_value(42);
    });
    printf("future %d, ", (int)(f.wait_for(1ms) == std::future_status::timeout));
    printf("%d\n", f.get());
    giver.join();
    auto a = std::async(std::launch::async, [] {
        std::this_thread::sleep_for(10ms);
        return 43;
    });
    printf("async %d\n", a.get());
}

int main() {
    CHECK(pipe(pipe_ends) == 0 && sem_init(&never, 0, 0) == 0);
    cancels();
    once();
    locks();
    conditions();
    try { // exceptions of waits
        std::mutex m;
        std::unique_lock<std::mutex> l(m);
        l.lock();
    } catch (const std::system_error &e) {
        printf("%s\n", e.code().message().c_str());
    }
    try {
        std::thread t;
        t.join();
    } catch (const std::system_error &e) {
        printf("%s\n", e.code().message().c_str());
    }
    return 0;
}
