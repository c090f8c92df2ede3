// Coroutines of Boost.Context, with memory, exceptions and waits in them: coroutines STACK_BYTES [THREADS].
#include <boost/context/fiber.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace ctx = boost::context;

static std::atomic<long> sum;
static std::mutex lock;

static void step(int n) {
    std::string text(static_cast<size_t>(n % 90), 'x');
    std::lock_guard<std::mutex> guard(lock);
    sum += static_cast<long>(text.size());
    if (n % 5 == 0) {
        try {
            throw std::runtime_error("five");
        } catch (const std::exception &error) {
            sum += error.what()[0];
        }
    }
}

static void work(size_t stack_bytes) {
    for (int round = 0; round < 40; round++) {
        std::vector<ctx::fiber> fibers;
        for (int f = 0; f < 20; f++) {
            fibers.emplace_back(std::allocator_arg, ctx::fixedsize_stack(stack_bytes), [f](ctx::fiber &&back) {
                for (int i = 0; i < 30; i++) {
                    step(f * i);
                    back = std::move(back).resume();
                }
                return std::move(back);
            });
        }
        for (bool any = true; any;) {
            any = false;
            for (auto &fiber : fibers)
                if (fiber) {
                    fiber = std::move(fiber).resume();
                    any = true;
                }
        }
    }
}

int main(int argc, char **argv) {
    size_t stack_bytes = argc > 1 ? strtoul(argv[1], nullptr, 10) : 65536;
    std::vector<std::thread> threads;
    for (int t = 0; t < (argc > 2 ? atoi(argv[2]) : 1); t++)
        threads.emplace_back(work, stack_bytes);
    for (auto &thread : threads)
        thread.join();
    printf("%ld\n", sum.load());
    return 0;
}
