// stacks SECONDS: a C++ program's usual mixture for so long of CPU time in each of two threads:
// containers, strings, streams, regular expressions, exceptions through several frames, virtual
// calls, recursion, callbacks out of libc, floating point.
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/truth/programs/burn.h"

namespace {

struct shape {
    virtual ~shape() = default;
    virtual double area() const = 0;
};

struct circle : shape {
    double r;
    explicit circle(double radius) : r(radius) {
    }
    double area() const override {
        return M_PI * r * r + std::sin(r);
    }
};

struct square : shape {
    double a;
    explicit square(double side) : a(side) {
    }
    double area() const override {
        return std::pow(a, 2.0001);
    }
};

double shapes(int n) {
    std::vector<std::unique_ptr<shape>> all;
    double sum = 0;
    for (int i = 0; i < n; i++) {
        if (i & 1)
            all.push_back(std::make_unique<circle>(i));
        else
            all.push_back(std::make_unique<square>(i));
    }
    for (const auto &s : all)
        sum += s->area();
    return sum;
}

int thrower(int depth) {
    std::string local(static_cast<size_t>(depth) + 20, 'x'); // something to destroy on the way
    if (depth == 0)
        throw std::runtime_error(local);
    return thrower(depth - 1) + static_cast<int>(local.size());
}

size_t exceptions() {
    try {
        return static_cast<size_t>(thrower(10));
    } catch (const std::exception &e) {
        return std::string(e.what()).size();
    }
}

size_t words() {
    std::map<std::string, int> count;
    std::ostringstream out;
    for (int i = 0; i < 200; i++)
        count["a fairly long word " + std::to_string(i * 7919 % 100)]++;
    for (const auto &word : count)
        out << word.first << ' ' << word.second << '\n';
    return out.str().size();
}

size_t matches() {
    static const std::regex word("([a-z]+)-([0-9]+)");
    std::smatch found;
    std::string text = "some text with word-123 in it";
    return std::regex_search(text, found, word) ? found[1].length() : 0;
}

int compare_ints(const void *a, const void *b) {
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

int sorted() {
    std::vector<int> v(500);
    for (size_t i = 0; i < v.size(); i++)
        v[i] = static_cast<int>(i * 7919 % 503);
    qsort(v.data(), v.size(), sizeof v[0], compare_ints);
    return v[3];
}

int fibonacci(const std::function<int(int)> &self, int n) {
    return n < 2 ? n : self(n - 1) + self(n - 2);
}

int recursion() {
    std::function<int(int)> self = [&](int n) { return fibonacci(self, n); };
    return self(12);
}

void work(double seconds) {
    volatile double sink = 0;
    for (int64_t end = thread_cpu_ns() + static_cast<int64_t>(seconds * 1e9);
         thread_cpu_ns() < end;)
        sink = sink + shapes(100) + static_cast<double>(exceptions() + words() + matches()) +
               sorted() + recursion();
}

} // namespace

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 1;
    std::thread other(work, seconds);
    work(seconds);
    other.join();
    return 0;
}
