// What C++ programs are made of: templates, lambdas, std::function, exceptions through several
// frames, threads, maps and strings. Prints sums that do not depend on timing, and ends with
// status 3.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace shop {

template <typename Key> class Ledger {
  public:
    void book(const Key &key, long amount) {
        entries_[key] += amount;
    }
    long total() const {
        long sum = 0;
        for (const auto &entry : entries_)
            sum += entry.second;
        return sum;
    }

  private:
    std::map<Key, long> entries_;
};

struct OutOfStock : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// One in eight fails, three frames deep.
__attribute__((noinline)) long deliver(long n) {
    if (n % 8 == 0)
        throw OutOfStock("article " + std::to_string(n));
    return n;
}

__attribute__((noinline)) long order(long n) {
    std::string note(40 + n % 50, 'x'); // to be destroyed on the way up
    return deliver(n) + static_cast<long>(note.size());
}

__attribute__((noinline)) long take_orders(long n) {
    long sum = 0;
    for (long i = 0; i < n; i++) {
        try {
            sum += order(i);
        } catch (const OutOfStock &e) {
            sum -= static_cast<long>(std::string(e.what()).size());
        }
    }
    return sum;
}

__attribute__((noinline)) long keep_books(long n) {
    Ledger<std::string> ledger;
    for (long i = 0; i < n; i++)
        ledger.book("customer number " + std::to_string(i * 7919 % 5000), i % 13);
    return ledger.total();
}

__attribute__((noinline)) long sort_prices(long n) {
    std::vector<std::uint32_t> prices(static_cast<size_t>(n));
    std::uint32_t x = 12345;
    for (auto &price : prices)
        price = x = x * 1664525 + 1013904223;
    std::sort(prices.begin(), prices.end(),
              [](auto a, auto b) { return (a ^ 0x5555) < (b ^ 0x5555); });
    return prices[static_cast<size_t>(n) / 2];
}

} // namespace shop

int main(int argc, char **argv) {
    const long rounds = argc > 1 ? std::atol(argv[1]) : 10;
    const std::vector<std::function<long()>> jobs = {
        [] { return shop::take_orders(20000); },
        [] { return shop::keep_books(20000); },
        [] { return shop::sort_prices(50000); },
    };
    std::vector<long> sums(jobs.size());
    std::vector<std::thread> threads;
    auto kept = std::make_unique<std::vector<std::string>>();
    for (int i = 0; i < 2000; i++)
        kept->push_back(std::string(3000, 'k'));
    for (size_t j = 0; j < jobs.size(); j++)
        threads.emplace_back([&, j] {
            for (long r = 0; r < rounds; r++)
                sums[j] += jobs[j]();
        });
    for (auto &thread : threads)
        thread.join();
    std::printf("%ld %ld %ld %zu\n", sums[0], sums[1], sums[2], kept->size());
    return 3;
}
