// A program without data races, for the thread sanitizer: threads allocate, wait for a lock and for
// a condition, of C++'s library or themselves, and hand work to each other.
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

static std::mutex lock;
static std::condition_variable more;
static std::vector<std::string> work;
static long bytes;

static void consume(bool in_library) {
    for (;;) {
        std::unique_lock<std::mutex> held(lock);
        while (work.empty()) {
            if (in_library)
                more.wait(held);
            else
                pthread_cond_wait(more.native_handle(), lock.native_handle());
        }
        std::string item = work.back();
        work.pop_back();
        bytes += static_cast<long>(item.size());
        if (item == "end")
            return;
    }
}

int main() {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back(consume, i % 2 == 0);
    for (int i = 0; i < 5000; i++) {
        std::lock_guard<std::mutex> held(lock);
        work.push_back(std::string(static_cast<size_t>(i % 300 + 10), 'x'));
        more.notify_one();
    }
    for (;;) {
        std::lock_guard<std::mutex> held(lock);
        if (work.empty())
            break;
    }
    for (int i = 0; i < 4; i++) {
        std::lock_guard<std::mutex> held(lock);
        work.insert(work.begin(), "end");
        more.notify_one();
    }
    for (auto &t : threads)
        t.join();
    std::printf("%ld bytes\n", bytes);
    return 0;
}
