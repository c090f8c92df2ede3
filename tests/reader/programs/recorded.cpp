// Something of each kind that is recorded: CPU time in inlined, templated and recursive functions,
// a heap of which part is freed, locks that threads wait for, sleeps, threads that are still there.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <time.h>
#include <vector>

namespace work {

static volatile uint64_t sink;

static inline uint64_t mix(uint64_t x) {
    for (int i = 0; i < 64; i++)
        x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15u;
    return x;
}

template <typename T> __attribute__((noinline)) void burn(T seed, int rounds) {
    uint64_t x = seed;
    for (int i = 0; i < rounds; i++)
        x = mix(x) + mix(x + 1);
    sink = x;
}

__attribute__((noinline)) int fibonacci(int n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static double cpu_seconds() {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

struct Node {
    std::string name;
    std::unique_ptr<Node> next;
};

__attribute__((noinline)) std::unique_ptr<Node> make_list(int n) {
    std::unique_ptr<Node> head;
    for (int i = 0; i < n; i++) {
        auto node = std::make_unique<Node>();
        node->name.assign(size_t(100 + i % 1000), 'x');
        node->next = std::move(head);
        head = std::move(node);
    }
    return head;
}

__attribute__((noinline)) void drop_list(std::unique_ptr<Node> head) {
    while (head)
        head = std::move(head->next);
}

std::mutex lock;

__attribute__((noinline)) void hold(int rounds) {
    for (int i = 0; i < rounds; i++) {
        std::lock_guard<std::mutex> held(lock);
        std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
}

static void *worker(void *name) {
    pthread_setname_np(pthread_self(), static_cast<const char *>(name));
    hold(20);
    while (cpu_seconds() < 0.1)
        burn<unsigned>(7, 2000);
    return nullptr;
}

} // namespace work

int main() {
    static char names[3][16] = {"alpha", "beta gamma", "delta"};
    pthread_t threads[3];
    std::map<int, std::vector<char>> kept;

    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], nullptr, work::worker, names[i]);
    auto list = work::make_list(3000);
    work::drop_list(work::make_list(2000));
    for (int i = 0; i < 50; i++)
        kept[i].resize(size_t(1000 * i + 1));
    while (work::cpu_seconds() < 0.15) {
        work::burn<unsigned long>(3, 2000);
        work::sink = uint64_t(work::fibonacci(18));
    }
    for (auto t : threads)
        pthread_join(t, nullptr);
    work::drop_list(std::move(list));
    auto last = work::make_list(500);
    std::exit(0);
}
