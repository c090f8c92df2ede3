// waits_cxx ROUNDS MS: known waits for C++'s locks and conditions, as tests/truth/programs/waits.h
// has them for C.
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "tests/truth/programs/cxx_waits.h"

static std::mutex m;
static std::shared_mutex sm;
static std::shared_timed_mutex stm;
static std::timed_mutex tm_;
static std::condition_variable cv;
static bool told;

SITE site_mutex() {
    Measure x;
    m.lock();
}
SITE site_mutex_release() {
    m.unlock();
    STAY;
}
SITE site_shared() {
    Measure x;
    sm.lock_shared();
}
SITE site_shared_release() {
    sm.unlock();
    STAY;
}
SITE site_exclusive() {
    Measure x;
    sm.lock();
}
SITE site_exclusive_release() {
    sm.unlock_shared();
    STAY;
}
SITE site_timed() {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(100);
    Measure x;
    if (!tm_.try_lock_until(until))
        abort();
}
SITE site_timed_release() {
    tm_.unlock();
    STAY;
}
SITE site_shared_timed() {
    auto until = std::chrono::system_clock::now() + std::chrono::seconds(100);
    Measure x;
    if (!stm.try_lock_shared_until(until))
        abort();
}
SITE site_shared_timed_release() {
    stm.unlock();
    STAY;
}
SITE site_wait_for() {
    std::unique_lock<std::mutex> l(m);
    told = false;
    Measure x;
    while (!told)
        if (cv.wait_for(l, std::chrono::seconds(100)) == std::cv_status::timeout)
            abort();
}
SITE site_sleep_for() {
    Measure x;
    std::this_thread::sleep_for(std::chrono::nanoseconds(wait_ns));
}

int main(int argc, char **argv) {
    begin(argc, argv);
    each(
        "mutex", "mutex", true, site_mutex, [] { m.lock(); }, site_mutex_release,
        [] { m.unlock(); });
    each(
        "shared", "rwlock", true, site_shared, [] { sm.lock(); }, site_shared_release,
        [] { sm.unlock_shared(); });
    each(
        "exclusive", "rwlock", true, site_exclusive, [] { sm.lock_shared(); },
        site_exclusive_release, [] { sm.unlock(); });
    each(
        "timed", "mutex", true, site_timed, [] { tm_.lock(); }, site_timed_release,
        [] { tm_.unlock(); });
    each(
        "shared_timed", "rwlock", true, site_shared_timed, [] { stm.lock(); },
        site_shared_timed_release, [] { stm.unlock_shared(); });
    each(
        "wait_for", "cond", false, site_wait_for, [] {},
        [] {
            std::lock_guard<std::mutex> g(m);
            told = true;
            cv.notify_one();
        },
        [] {});
    each(
        "sleep_for", "sleep", false, site_sleep_for, [] {}, nullptr, [] {});
    return 0;
}
