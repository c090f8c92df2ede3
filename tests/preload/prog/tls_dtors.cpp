// Allocations and frees in a thread's last moments: destructors of thread_local objects, of keys
// (four rounds of them), and after them the clean-up of libc.
#include "prog.h"

#include <atomic>
#include <string>
#include <vector>

static std::atomic<int> ran;
static pthread_key_t key;

struct Holder {
    std::vector<std::string> strings;
    ~Holder() {
        churn(30);
        std::string last(9000, 'z');
        strings.push_back(last);
        ran++;
    }
};

static thread_local Holder holder;

static void key_destructor(void *value) {
    auto rounds = reinterpret_cast<uintptr_t>(value);
    free(malloc(20000));
    ran++;
    if (rounds > 1)
        pthread_setspecific(key, reinterpret_cast<void *>(rounds - 1));
}

static void *work(void *) {
    holder.strings.emplace_back(5000, 'a');
    pthread_setspecific(key, reinterpret_cast<void *>(4));
    burn_ms(3);
    return nullptr;
}

int main() {
    pthread_t t[8];
    pthread_key_create(&key, key_destructor);
    for (int round = 0; round < 5; round++) {
        for (auto &one : t)
            CHECK(pthread_create(&one, nullptr, work, nullptr) == 0);
        for (auto &one : t)
            pthread_join(one, nullptr);
    }
    holder.strings.emplace_back("main's own");
    printf("ran %d\n", ran.load());
    return 0;
}
